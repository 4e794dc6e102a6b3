#include "broker/topology/stream_age.h"

#include <charconv>
#include <limits>

namespace warren::broker {

namespace {

constexpr std::uint64_t ms_max = std::numeric_limits<std::uint64_t>::max();

// Nothing for what is no unit.
std::optional<std::uint64_t> unit_ms(std::string_view unit) {
    constexpr std::uint64_t second = 1000;
    constexpr std::uint64_t hour = 3600 * second;
    constexpr std::uint64_t day = 24 * hour;
    if (unit == "s") return second;
    if (unit == "m") return 60 * second;
    if (unit == "h") return hour;
    if (unit == "D") return day;
    if (unit == "M") return 30 * day;
    if (unit == "Y") return 365 * day;
    return {};
}

}  // namespace

std::optional<std::uint64_t> stream_age_ms(std::string_view text) {
    std::uint64_t count = 0;
    const auto [rest, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (fault == std::errc::invalid_argument) return {};
    const auto unit = unit_ms({rest, text.data() + text.size()});
    if (!unit) return {};
    if (fault == std::errc::result_out_of_range || count > ms_max / *unit) return ms_max;
    if (count == 0) return {};
    return count * *unit;
}

}  // namespace warren::broker
