#pragma once
// Puts a checked value into a field of its own type. The table of keys has limited numbers to what
// the field holds; a value of another kind is a fault in the table.
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "app/config/bindings.h"
#include "base/ensure.h"

namespace warren::config {

template <std::integral Number>
    requires(!std::same_as<Number, bool>)
void assign(Number& field, const Value& value) {
    const auto* number = std::get_if<std::int64_t>(&value);
    ENSURE(number != nullptr && std::in_range<Number>(*number));
    field = static_cast<Number>(*number);
}
inline void assign(bool& field, const Value& value) {
    field = std::get<bool>(value);
}
inline void assign(double& field, const Value& value) {
    field = std::get<double>(value);
}
inline void assign(std::string& field, const Value& value) {
    field = std::get<std::string>(value);
}
inline void assign(std::vector<std::string>& field, const Value& value) {
    field = std::get<std::vector<std::string>>(value);
}
// `infinity` leaves a number without a value.
template <typename T>
void assign(std::optional<T>& field, const Value& value) {
    if constexpr (!std::same_as<T, std::string>)
        if (std::holds_alternative<std::string>(value)) {
            field.reset();
            return;
        }
    assign(field.emplace(), value);
}

// A binding that sets config.outer.inner.
template <auto Outer, auto Inner>
Binding field(std::string pattern) {
    return {std::move(pattern),
            [](const Application& a) { assign(a.config.*Outer.*Inner, a.value); }};
}
template <auto Member>
Binding field(std::string pattern) {
    return {std::move(pattern), [](const Application& a) { assign(a.config.*Member, a.value); }};
}

// The enumerator that belongs to a word of one_of.
template <typename Enum>
struct Word {
    std::string_view text;
    Enum meaning;
};
template <typename Enum, std::size_t Count>
Enum meaning_of(const Word<Enum> (&words)[Count], const Value& value) {
    const auto& text = std::get<std::string>(value);
    for (const Word<Enum>& word : words)
        if (word.text == text) return word.meaning;
    ENSURE(!"a word of the table of keys has no meaning here");
    return words[0].meaning;
}

}  // namespace warren::config
