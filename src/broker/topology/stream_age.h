#pragma once
// How long ago, as streams are told it: "12h" in x-max-age, and in x-stream-offset.
#include <cstdint>
#include <optional>
#include <string_view>

namespace warren::broker {

// A positive number and one of Y, M, D, h, m and s: years of 365 days, months of 30, days, hours,
// minutes, seconds. In milliseconds; the highest value for what is longer. Nullopt: no such text.
std::optional<std::uint64_t> stream_age_ms(std::string_view text);

}  // namespace warren::broker
