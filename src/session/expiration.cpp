#include "session/expiration.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"

namespace warren::session {

namespace {

bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

// How Erlang prints a string: in quotes if all is printable, else as a list of bytes.
std::string erlang_string(std::string_view text) {
    const bool printable =
        std::ranges::all_of(text, [](char letter) { return letter >= ' ' && letter <= '~'; });
    if (printable) return fmt::format("\"{}\"", text);
    std::string list = "[";
    for (char letter : text)
        list += fmt::format("{}{}", list.size() > 1 ? "," : "",
                            static_cast<unsigned>(static_cast<unsigned char>(letter)));
    return list + "]";
}

// The bytes of a text that need not be UTF-8, read as Latin-1: what goes into a reply must be
// UTF-8.
std::string as_latin1(std::string_view text) {
    std::string utf8;
    for (char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte < 0x80) {
            utf8 += letter;
            continue;
        }
        utf8 += static_cast<char>(0xc0 | (byte >> 6));
        utf8 += static_cast<char>(0x80 | (byte & 0x3f));
    }
    return utf8;
}

}  // namespace

Result<std::uint64_t, std::string> parse_expiration(std::string_view text) {
    const auto refuse = [text](std::string why) {
        return fail(fmt::format("invalid expiration '{}': {}", as_latin1(text), why));
    };
    std::string_view rest = text;
    const bool negative = rest.starts_with('-');
    if (negative || rest.starts_with('+')) rest.remove_prefix(1);
    const auto end = std::ranges::find_if_not(rest, is_digit);
    std::string_view digits(rest.begin(), end);
    rest.remove_prefix(digits.size());
    if (digits.empty()) return refuse("no_integer");
    if (!rest.empty()) return refuse(fmt::format("{{leftover_string,{}}}", erlang_string(rest)));
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    if (negative && !digits.empty()) return refuse(fmt::format("{{value_negative,-{}}}", digits));
    std::uint64_t value = 0;
    // Fifteen digits hold the longest time that is allowed.
    for (char digit : digits.substr(0, 15))
        value = value * 10 + static_cast<unsigned>(digit - '0');
    if (digits.size() > 15 || value > limits::ttl_ms_max)
        return refuse(fmt::format("{{value_too_large,{}}}", digits));
    return value;
}

}  // namespace warren::session
