#pragma once
// For tests and fuzzing: topic matching by its definition, one pattern at a time. Exponential in
// the number of `#`, which is why the broker does not do it like this.
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace warren::broker {

inline std::vector<std::string_view> topic_words(std::string_view text) {
    std::vector<std::string_view> words;
    if (text.empty()) return words;
    for (std::size_t dot; (dot = text.find('.')) != std::string_view::npos;
         text.remove_prefix(dot + 1))
        words.push_back(text.substr(0, dot));
    words.push_back(text);
    return words;
}

inline bool naive_topic_match(std::span<const std::string_view> pattern,
                              std::span<const std::string_view> key) {
    if (pattern.empty()) return key.empty();
    if (pattern[0] == "#")
        return naive_topic_match(pattern.subspan(1), key) ||
               (!key.empty() && naive_topic_match(pattern, key.subspan(1)));
    if (key.empty()) return false;
    return (pattern[0] == "*" || pattern[0] == key[0]) &&
           naive_topic_match(pattern.subspan(1), key.subspan(1));
}

}  // namespace warren::broker
