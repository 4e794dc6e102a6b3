#include "http/target.h"

#include <algorithm>

namespace warren::http {

namespace {

int hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

std::optional<std::string> decoded(std::string_view text, bool plus_is_space) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '+' && plus_is_space) {
            result += ' ';
        } else if (text[at] != '%') {
            result += text[at];
        } else {
            if (at + 2 >= text.size()) return std::nullopt;
            const int high = hex_digit(text[at + 1]);
            const int low = hex_digit(text[at + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            result += static_cast<char>(high * 16 + low);
            at += 2;
        }
    }
    return result;
}

// Cuts the part before the separator off the front.
std::string_view take_part(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

bool parse_query(std::string_view text, Target& target) {
    while (!text.empty()) {
        std::string_view value = take_part(text, '&');
        const std::string_view name = take_part(value, '=');
        auto decoded_name = decoded(name, true);
        auto decoded_value = decoded(value, true);
        if (!decoded_name || !decoded_value) return false;
        if (!decoded_name->empty())
            target.query.emplace_back(std::move(*decoded_name), std::move(*decoded_value));
    }
    return true;
}

}  // namespace

const std::string* Target::find(std::string_view name) const {
    const auto found = std::ranges::find(
        query, name, [](const auto& pair) -> std::string_view { return pair.first; });
    return found == query.end() ? nullptr : &found->second;
}

std::optional<Target> parse_target(std::string_view text) {
    if (!text.starts_with('/')) return std::nullopt;
    text = text.substr(0, text.find('#'));
    std::string_view path = take_part(text, '?').substr(1);
    Target target;
    if (!parse_query(text, target)) return std::nullopt;
    while (!path.empty()) {
        auto segment = decoded(take_part(path, '/'), false);
        if (!segment) return std::nullopt;
        target.path.push_back(std::move(*segment));
    }
    while (!target.path.empty() && target.path.back().empty())
        target.path.pop_back();
    return target;
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string result;
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        const bool plain = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
                           (letter >= 'A' && letter <= 'Z') ||
                           std::string_view("-._~").find(letter) != std::string_view::npos;
        if (plain) {
            result += letter;
        } else {
            result += '%';
            result += digits[byte >> 4];
            result += digits[byte & 15];
        }
    }
    return result;
}

}  // namespace warren::http
