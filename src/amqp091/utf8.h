#pragma once
// RabbitMQ takes only UTF-8 for the short strings of a method. Nearly all names are ASCII, so that
// is looked at first, eight bytes at a time.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace warren::amqp091 {

namespace detail {
// Full check: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8_slow(std::string_view text);
}  // namespace detail

inline bool is_ascii(std::string_view text) {
    constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080ULL;
    const char* at = text.data();
    std::uint64_t seen = 0;
    const auto look_at_eight = [&](const char* from) {
        std::uint64_t eight;
        std::memcpy(&eight, from, sizeof eight);
        seen |= eight;
    };
    if (text.size() < 8) {
        for (const char character : text)
            seen |= static_cast<unsigned char>(character);
        return (seen & high_bits) == 0;
    }
    const char* const last_eight = at + text.size() - 8;
    for (; at < last_eight; at += 8)
        look_at_eight(at);
    look_at_eight(last_eight);
    return (seen & high_bits) == 0;
}

inline bool is_utf8(std::string_view text) {
    return is_ascii(text) || detail::is_utf8_slow(text);
}

// What is not UTF-8, with U+FFFD for each octet that is not ASCII.
std::string to_utf8(std::string_view text);

}  // namespace warren::amqp091
