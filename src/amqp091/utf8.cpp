#include "amqp091/utf8.h"

namespace warren::amqp091::detail {

namespace {

unsigned octet_at(std::string_view text, std::size_t index) {
    return static_cast<unsigned char>(text[index]);
}

// Bytes of the well-formed sequence at `at`, or 0 (Unicode standard, table 3-7).
std::size_t sequence_bytes(std::string_view text, std::size_t at) {
    const unsigned first = octet_at(text, at);
    if (first < 0x80) return 1;
    if (first < 0xc2 || first > 0xf4) return 0;
    const std::size_t bytes = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (text.size() - at < bytes) return 0;
    // Only the second byte has bounds of its own: against overlong forms, surrogates and what lies
    // above U+10FFFF.
    unsigned low = 0x80;
    unsigned high = 0xbf;
    if (first == 0xe0) low = 0xa0;
    if (first == 0xed) high = 0x9f;
    if (first == 0xf0) low = 0x90;
    if (first == 0xf4) high = 0x8f;
    for (std::size_t index = 1; index < bytes; ++index) {
        const unsigned next = octet_at(text, at + index);
        if (next < low || next > high) return 0;
        low = 0x80;
        high = 0xbf;
    }
    return bytes;
}

}  // namespace

bool is_utf8_slow(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t bytes = sequence_bytes(text, at);
        if (bytes == 0) return false;
        at += bytes;
    }
    return true;
}

}  // namespace warren::amqp091::detail

namespace warren::amqp091 {

std::string to_utf8(std::string_view text) {
    if (is_utf8(text)) return std::string(text);
    constexpr unsigned char first_high = 0x80;
    std::string clean;
    for (const char letter : text) {
        if (static_cast<unsigned char>(letter) < first_high)
            clean += letter;
        else
            clean += "\xEF\xBF\xBD";
    }
    return clean;
}

}  // namespace warren::amqp091
