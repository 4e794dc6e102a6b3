#include "base/clock.h"

#include <time.h>

namespace warren {

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr int careful_tries = 10;
constexpr std::int64_t careful_gap_ns = 20'000;

std::int64_t read_ns(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

// How far the wall clock is ahead. Whoever loses the processor between the two clocks must not take
// that for a difference.
std::int64_t read_lead_ns() {
    std::int64_t lead = 0;
    for (int tries = 0; tries < careful_tries; ++tries) {
        const std::int64_t before = read_ns(CLOCK_MONOTONIC);
        const std::int64_t wall = read_ns(CLOCK_REALTIME);
        const std::int64_t after = read_ns(CLOCK_MONOTONIC);
        lead = wall - after;
        if (after - before < careful_gap_ns) break;
    }
    return lead;
}

}  // namespace

Now read_clocks() {
    thread_local ClockLead lead(read_lead_ns());
    const std::int64_t instant = read_ns(CLOCK_MONOTONIC);
    // Read later, so that it may be too far ahead, which is looked into.
    if (!lead.agrees_with(read_ns(CLOCK_REALTIME) - instant)) lead.follow(read_lead_ns());
    return {{instant / ns_per_ms}, {instant / ns_per_ms + lead.ms()}};
}

void ClockLead::follow(std::int64_t lead_ns) {
    if (agrees_with(lead_ns)) return;
    ms_ = lead_ns / ns_per_ms - (lead_ns % ns_per_ms < 0 ? 1 : 0);
}

bool ClockLead::agrees_with(std::int64_t lead_ns) const {
    const std::int64_t behind_ns = lead_ns - ms_ * ns_per_ms;
    return behind_ns >= 0 && behind_ns < ns_per_ms + jitter_ns;
}

}  // namespace warren
