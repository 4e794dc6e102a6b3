#include "http/statistics/retention.h"

#include <algorithm>

namespace warren::http::statistics {

namespace {

constexpr std::int64_t finest_s = 5;
// Of one level: what is finer is not kept that long.
constexpr std::int64_t samples_max = 2000;

std::int64_t rounded_up(std::int64_t number, std::int64_t to) {
    return (number + to - 1) / to * to;
}

}  // namespace

Retention retention_of(const std::map<std::int64_t, std::int64_t>& intervals_by_length) {
    Retention retention;
    for (const auto& [length_s, interval_s] : intervals_by_length) {
        const std::int64_t length = rounded_up(std::max(length_s, finest_s), finest_s);
        const std::int64_t least = retention.empty() ? finest_s : retention.back().interval_s;
        std::int64_t interval =
            rounded_up(std::max({interval_s, least, length / samples_max}), finest_s);
        if (retention.empty() && length / finest_s <= samples_max) interval = finest_s;
        if (!retention.empty() && interval == least) {
            // One level does for both.
            retention.back().length_s = length;
            continue;
        }
        if (retention.empty() && interval != finest_s)
            retention.push_back({finest_s, samples_max * finest_s});
        retention.push_back({interval, length});
    }
    return retention;
}

}  // namespace warren::http::statistics
