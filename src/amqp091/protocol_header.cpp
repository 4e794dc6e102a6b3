#include "amqp091/protocol_header.h"

#include <algorithm>

namespace warren::amqp091 {

namespace {

using Header = std::array<std::byte, protocol_header_bytes>;

constexpr Header amqp_header(unsigned id, unsigned major, unsigned minor, unsigned revision) {
    return {std::byte{'A'}, std::byte{'M'},   std::byte{'Q'},   std::byte{'P'},
            std::byte(id),  std::byte(major), std::byte(minor), std::byte(revision)};
}

bool starts_with(ByteView input, std::string_view prefix) {
    return as_text(input).starts_with(prefix);
}

bool equals(ByteView header, const Header& expected) {
    return std::ranges::equal(header.first(protocol_header_bytes), expected);
}

// A TLS record that holds a client hello: content type 22, version 3.x, handshake type 1 (RFC 8446,
// section 5.1).
bool is_tls_hello(ByteView input) {
    return input[0] == std::byte{22} && input[1] == std::byte{3} && input[5] == std::byte{1};
}

}  // namespace

ProtocolHeader recognise_protocol(ByteView input) {
    if (input.size() < protocol_header_bytes) return ProtocolHeader::incomplete;
    if (starts_with(input, "GET ")) return ProtocolHeader::http_request;
    if (is_tls_hello(input)) return ProtocolHeader::tls_hello;
    if (!starts_with(input, "AMQP")) return ProtocolHeader::unknown;
    if (equals(input, amqp_header(0, 0, 9, 1)) || equals(input, amqp_header(1, 1, 0, 9)))
        return ProtocolHeader::amqp_0_9_1;
    if (equals(input, amqp_header(0, 1, 0, 0))) return ProtocolHeader::amqp_1_0;
    if (equals(input, amqp_header(2, 1, 0, 0))) return ProtocolHeader::amqp_1_0_tls;
    if (equals(input, amqp_header(3, 1, 0, 0))) return ProtocolHeader::amqp_1_0_sasl;
    return ProtocolHeader::other_version;
}

std::array<std::byte, protocol_header_bytes> refusal_header(ByteView header) {
    const bool later_0_x = header.size() >= protocol_header_bytes && starts_with(header, "AMQP") &&
                           header[4] == std::byte{0} && header[5] == std::byte{0} &&
                           header[6] >= std::byte{9};
    return later_0_x ? amqp_header(0, 0, 9, 1) : amqp_header(3, 1, 0, 0);
}

}  // namespace warren::amqp091
