#pragma once
// The PROXY protocol (version 1, text, and version 2, binary) as load balancers put it in front of
// a connection: who the client really is. Specification: "The PROXY protocol, versions 1 & 2" by
// HAProxy.
#include <cstddef>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "net/socket_address.h"

namespace warren::net {

struct ProxyHeader {
    std::size_t bytes = 0;  // of the header; 0: incomplete, show more
    // Absent for LOCAL, UNKNOWN and families other than TCP over IP: the socket's own addresses
    // hold.
    std::optional<SocketAddress> source;
    std::optional<SocketAddress> destination;
};

// The error says what is wrong with the header. Extensions (TLVs) are skipped.
Result<ProxyHeader, std::string> parse_proxy_header(ByteView input);

}  // namespace warren::net
