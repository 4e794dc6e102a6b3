#pragma once
// What listings show of a connection that does not change once it is open. The observer's lists and
// the connection share it: whoever lets go of it last, on whichever shard, frees it.
#include <cstdint>
#include <memory>
#include <string>

#include "amqp091/field_table.h"
#include "base/clock.h"
#include "base/ids.h"

namespace warren::session {

// One end of a TCP connection and the other, as logs and listings show them.
struct Endpoints {
    std::string peer_host;
    std::uint16_t peer_port = 0;
    std::string host;
    std::uint16_t port = 0;

    // "127.0.0.1:40470 -> 127.0.0.1:5672", RabbitMQ's name of a connection.
    std::string name() const;
};

struct TlsFacts {
    std::string version;  // "TLSv1.3"
    std::string cipher;
    // Of the client's certificate; empty without one.
    std::string subject;
    std::string issuer;
    std::string validity;
};

struct ConnectionFacts {
    ConnectionId id;
    Endpoints endpoints;
    std::unique_ptr<const TlsFacts> tls;  // null without TLS
    WallTime accepted;
    // ---- agreed on in the handshake ----
    std::string mechanism;
    std::string user;
    std::string vhost;
    amqp091::FieldTable client_properties;
    std::uint32_t frame_bytes_max = 0;
    std::uint16_t channel_max = 0;
    std::uint16_t heartbeat_s = 0;

    // connection_name of the client's properties; empty if it gave none.
    std::string client_name() const;
};

// Shared between shards: see above.
using ConnectionFactsRef = std::shared_ptr<const ConnectionFacts>;

}  // namespace warren::session
