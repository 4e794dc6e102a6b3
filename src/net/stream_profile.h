#pragma once
// What all connections of one listener have in common, and a socket on its way from the listener to
// the shard that will serve it.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/fwd.h"
#include "net/socket.h"
#include "net/socket_address.h"

namespace warren::net {

// Set on the listening socket; Linux hands them on to accepted ones. What is not set stays as the
// system has it.
struct TcpOptions {
    std::uint32_t backlog = 128;
    bool nodelay = true;
    bool keepalive = false;
    std::optional<std::uint32_t> receive_buffer_bytes;
    std::optional<std::uint32_t> send_buffer_bytes;
    // SO_LINGER with a time of 0: what is unsent when a connection is cut is thrown away, and no
    // socket is left in TIME_WAIT. Orderly closes have nothing unsent. (Other times are not
    // offered: with them close() blocks, even on non-blocking sockets.)
    bool reset_on_cut = true;
};

// Immutable, and shared between shards: a reload makes a new one for connections to come.
struct StreamProfile {
    std::string listener;                   // PeerInfo::listener
    std::shared_ptr<const TlsContext> tls;  // null: plain TCP
    bool only_for_owner = false;            // of a local socket: nobody else is let in
    std::int64_t tls_handshake_ms_max = 5000;
    bool expects_proxy_header = false;
    std::int64_t proxy_header_ms_max = 10'000;
    // Connections of one shard that are not let in yet, or no longer: shaking hands, with a session
    // that has not called StreamControl::let_in(), or on their way out. More are closed as they
    // come. 0: everybody is welcome. One listener of a shard can have such a bound.
    std::uint32_t strangers_max = 0;
};

struct AcceptedSocket {
    Socket socket;  // non-blocking
    SocketAddress peer;
    SocketAddress local;
    std::shared_ptr<const StreamProfile> profile;
};

}  // namespace warren::net
