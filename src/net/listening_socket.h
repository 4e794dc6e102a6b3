#pragma once
// A bound and listening socket, made at start-up before anything else, so that an address that is
// taken is an error message and not a half-started node.
#include <string>

#include "base/result.h"
#include "net/socket.h"
#include "net/socket_address.h"
#include "net/stream_profile.h"

namespace warren::net {

struct ListeningSocket {
    Socket socket;          // non-blocking
    SocketAddress address;  // as bound: with the real port if 0 was asked for

    // "::" listens on all addresses of both families, or of IPv4 where there is no IPv6. The error
    // is one line that names the address.
    static Result<ListeningSocket, std::string> open(const SocketAddress& address,
                                                     const TcpOptions& options);
};

}  // namespace warren::net
