#pragma once
// The first eight bytes of a connection (AMQP 0-9-1, section 4.2.2). Several protocols share the
// port; this tells them apart.
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace warren::amqp091 {

inline constexpr std::size_t protocol_header_bytes = 8;

enum class ProtocolHeader : std::uint8_t {
    incomplete,     // fewer than eight bytes so far
    amqp_0_9_1,     // "AMQP" 0 0 9 1, and 1 1 0 9 of AMQP 0-9, which RabbitMQ treats as the same
    amqp_1_0,       // "AMQP" 0 1 0 0
    amqp_1_0_tls,   // "AMQP" 2 1 0 0
    amqp_1_0_sasl,  // "AMQP" 3 1 0 0
    other_version,  // "AMQP" and a version that nobody speaks here
    http_request,   // "GET ": logged as such
    tls_hello,      // a TLS client on a plain port: logged as such
    unknown,
};

ProtocolHeader recognise_protocol(ByteView input);

// What RabbitMQ 4.x sends before it closes the socket of a client whose header it refuses:
// "AMQP" 0 0 9 1 to what looks like a later 0-x, "AMQP" 3 1 0 0 to all others. `header` is the
// eight bytes that were refused.
std::array<std::byte, protocol_header_bytes> refusal_header(ByteView header);

}  // namespace warren::amqp091
