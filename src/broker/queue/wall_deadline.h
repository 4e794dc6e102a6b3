#pragma once
// Deadlines are kept by the wall clock where they outlive the process, because the other one starts
// anew with it.
#include <algorithm>
#include <cstdint>

#include "base/clock.h"
#include "storage/entry.h"

namespace warren::broker {

inline std::int64_t wall_ms_of(Instant instant, const Now& now) {
    if (instant == Instant::never()) return storage::EntryHead::no_deadline;
    return now.wall.ms + instant.ms_since(now.instant);
}

inline Instant instant_of(std::int64_t wall_ms, const Now& now) {
    // What is this far away is never, and cannot overflow.
    constexpr std::int64_t never_ms = INT64_MAX / 4;
    if (wall_ms > never_ms) return Instant::never();
    return now.instant.plus_ms(std::max(wall_ms, -never_ms) - now.wall.ms);
}

}  // namespace warren::broker
