#include "http/binding_key.h"

#include <cstdint>

#include "http/erlang_hash.h"

namespace warren::http {

namespace {

// Four bytes as six characters, without padding.
std::string base64url(std::uint32_t value) {
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    const std::uint64_t bits = std::uint64_t{value} << 4;
    for (int shift = 30; shift >= 0; shift -= 6)
        text += letters[bits >> shift & 63];
    return text;
}

}  // namespace

std::string quoted_key(std::string_view routing_key) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string quoted;
    for (const char letter : routing_key) {
        const auto byte = static_cast<unsigned char>(letter);
        const bool plain = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
                           (letter >= 'A' && letter <= 'Z') || letter == '-' || letter == '.' ||
                           letter == '_';
        if (plain) {
            quoted += letter;
        } else if (letter == ' ') {
            quoted += '+';
        } else {
            quoted += '%';
            quoted += digits[byte >> 4];
            quoted += digits[byte & 15];
        }
    }
    return quoted;
}

std::string properties_key(std::string_view routing_key, const amqp091::FieldTable& arguments) {
    if (arguments.empty()) return routing_key.empty() ? "~" : quoted_key(routing_key);
    return quoted_key(routing_key) + "~" + base64url(erlang_hash(arguments));
}

}  // namespace warren::http
