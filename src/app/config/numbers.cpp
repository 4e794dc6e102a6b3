#include "app/config/numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace warren::config {

namespace {

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    return lower;
}

std::size_t count_digits(std::string_view text) {
    return std::min(text.find_first_not_of("0123456789"), text.size());
}

// How the two families of units differ: is "KB" 1000 or 1024 bytes?
enum class DecimalUnits : bool { no, yes };

// "k", "kb", "ki", "kib" and so on up to p.
std::optional<std::int64_t> unit_bytes(std::string_view unit, DecimalUnits decimal) {
    if (unit.empty()) return 1;
    constexpr std::string_view prefixes = "kmgtp";
    const std::size_t power = prefixes.find(unit[0]);
    if (power == std::string_view::npos) return std::nullopt;
    const std::string_view suffix = unit.substr(1);
    const bool binary = suffix == "i" || suffix == "ib";
    if (!binary && !suffix.empty() && suffix != "b") return std::nullopt;
    const std::int64_t base = binary || decimal == DecimalUnits::no ? 1024 : 1000;
    std::int64_t bytes = base;
    for (std::size_t i = 0; i < power; ++i)
        bytes *= base;
    return bytes;
}

std::optional<std::int64_t> parse_bytes(std::string_view text, DecimalUnits decimal) {
    const std::size_t digits = count_digits(text);
    const auto count = parse_integer(text.substr(0, digits));
    const auto unit = unit_bytes(lower_case(text.substr(digits)), decimal);
    if (digits == 0 || !count || !unit || *count > INT64_MAX / *unit) return std::nullopt;
    return *count * *unit;
}

struct DurationUnit {
    std::string_view name;
    double ms;
};
constexpr DurationUnit duration_units[] = {
    {"f", 1'209'600'000}, {"w", 604'800'000}, {"d", 86'400'000}, {"h", 3'600'000}, {"ms", 1},
    {"m", 60'000},        {"s", 1'000}};

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
    if (text.starts_with('+') && count_digits(text.substr(1)) > 0) text.remove_prefix(1);
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<double> parse_float(std::string_view text) {
    const std::string_view unsigned_text = text.starts_with('-') ? text.substr(1) : text;
    if (count_digits(unsigned_text) == 0) return std::nullopt;  // ".5", "inf", "nan"
    double value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::int64_t> parse_byte_size(std::string_view text) {
    return parse_bytes(text, DecimalUnits::no);
}

std::optional<std::int64_t> parse_memory_size(std::string_view text) {
    return parse_bytes(text, DecimalUnits::yes);
}

std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
    std::string lower = lower_case(text);
    std::string_view rest = lower;
    if (rest.empty()) return std::nullopt;
    double total_ms = 0;
    while (!rest.empty()) {
        const std::size_t number = std::min(rest.find_first_not_of("0123456789."), rest.size());
        const auto count = parse_float(rest.substr(0, number));
        rest.remove_prefix(number);
        const auto unit = std::ranges::find_if(duration_units, [&](const DurationUnit& candidate) {
            return rest.starts_with(candidate.name);
        });
        if (!count || unit == std::end(duration_units)) return std::nullopt;
        total_ms += *count * unit->ms;
        rest.remove_prefix(unit->name.size());
    }
    constexpr double duration_ms_max = 1e15;  // some 30,000 years
    if (total_ms > duration_ms_max) return std::nullopt;
    return static_cast<std::int64_t>(std::ceil(total_ms));
}

}  // namespace warren::config
