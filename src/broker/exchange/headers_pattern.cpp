#include "broker/exchange/headers_pattern.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <optional>

#include "amqp091/field_table.h"
#include "broker/exchange/real_field.h"

namespace warren::broker {

namespace {

using amqp091::FieldTable;
using amqp091::FieldType;
using amqp091::FieldValue;
using amqp091::FieldView;
using amqp091::TableView;

constexpr HeadersMatchMode match_modes[] = {
    {"all", true, false},
    {"any", false, false},
    {"all-with-x", true, true},
    {"any-with-x", false, true},
};

bool is_text(FieldType type) {
    return type == FieldType::long_string || type == FieldType::bytes;
}

// A timestamp of an argument and one of a message.
constexpr std::uint64_t wanted_units_per_second = 1;
constexpr std::uint64_t given_units_per_second = 1000;

// Seconds come from peers: they may wrap, but only as unsigned numbers do.
std::optional<std::int64_t> integer_of(FieldView field, std::uint64_t units_per_second) {
    if (const auto seconds = field.as_timestamp())
        return static_cast<std::int64_t>(*seconds * units_per_second);
    return field.as_integer();
}

bool same_value(FieldView wanted, FieldView given) {
    if (const auto integer = integer_of(wanted, wanted_units_per_second))
        return integer_of(given, given_units_per_second) == integer;
    if (is_text(wanted.type))
        return is_text(given.type) && as_text(wanted.value) == as_text(given.value);
    if (const auto real = real_of(wanted)) return real_of(given) == real;
    return wanted.type == given.type && as_text(wanted.value) == as_text(given.value);
}

bool field_matches(TableView headers, std::string_view name, FieldView wanted) {
    const auto given = headers.find(name);
    return given && (wanted.type == FieldType::none || same_value(wanted, *given));
}

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
    return (a ^ (b + 0x9e37'79b9'7f4a'7c15ULL + (a << 6) + (a >> 2))) * 0xbf58'476d'1ce4'e5b9ULL;
}

std::uint64_t hash_of(std::string_view text) {
    return std::hash<std::string_view>{}(text);
}

// Equal for values that same_value() holds for the same, whatever their type.
std::uint64_t value_hash(FieldView field, std::uint64_t units_per_second) {
    if (const auto integer = integer_of(field, units_per_second))
        return mixed(1, static_cast<std::uint64_t>(*integer));
    if (is_text(field.type)) return mixed(2, hash_of(as_text(field.value)));
    // Adding 0 makes one of both zeros.
    if (const auto real = real_of(field))
        return mixed(3, std::bit_cast<std::uint64_t>(*real + 0.0));
    return mixed(4 + static_cast<std::uint64_t>(field.type), hash_of(as_text(field.value)));
}

}  // namespace

const HeadersMatchMode* find_headers_match_mode(std::string_view name) {
    const auto* found = std::ranges::find(match_modes, name, &HeadersMatchMode::name);
    return found == std::end(match_modes) ? nullptr : found;
}

HeadersPattern::HeadersPattern(const Binding& binding)
    : binding_(&binding), mode_(&match_modes[0]) {
    const FieldValue* mode = binding.arguments->find("x-match");
    if (mode != nullptr) mode_ = find_headers_match_mode(*mode->as_text());
    FieldTable wanted;
    for (const auto& field : *binding.arguments)
        if (!is_left_out(field.name)) wanted.set(field.name, field.value);
    wanted_ = wanted.encode();
}

bool HeadersPattern::matches(TableView headers) const {
    bool decided = false;
    for_each_wanted([&](std::string_view name, FieldView wanted) {
        if (!decided) decided = field_matches(headers, name, wanted) != mode_->all;
    });
    // "all" is decided by the first that differs, "any" by the first that does not.
    return decided != mode_->all;
}

std::uint64_t HeadersPattern::presence_hash(std::string_view name) {
    return hash_of(name);
}

std::uint64_t HeadersPattern::wanted_hash(std::string_view name, FieldView wanted) {
    if (wanted.type == FieldType::none) return presence_hash(name);
    return mixed(hash_of(name), value_hash(wanted, wanted_units_per_second));
}

std::uint64_t HeadersPattern::given_hash(std::string_view name, FieldView given) {
    return mixed(hash_of(name), value_hash(given, given_units_per_second));
}

}  // namespace warren::broker
