#pragma once
// When messages are due at a fixed rate. Due times are a grid from the start, so a stall does not
// lower the rate: what was missed is due at once, and can be stamped with the time at which it
// should have been sent.
#include <algorithm>
#include <cstdint>

#include "clock.h"

namespace loadgen {

class Pacer {
public:
    // A rate of 0 is no limit.
    explicit Pacer(double messages_per_second)
        : interval_ns_(messages_per_second > 0 ? 1e9 / messages_per_second : 0) {}

    bool limited() const { return interval_ns_ > 0; }
    // `phase`, from 0 to 1: how much of an interval passes before the first message. A thousand
    // sources in step would measure bursts of a thousand.
    void start(Nanos now, double phase) { start_ = now + static_cast<Nanos>(phase * interval_ns_); }
    Nanos due_time(std::uint64_t message) const {
        return start_ + static_cast<Nanos>(static_cast<double>(message) * interval_ns_);
    }
    // Fast rates are served in steps: waking more often than this costs more than it tells.
    Nanos next_wake(std::uint64_t message, Nanos now) const {
        constexpr Nanos step = 100'000;
        return std::max(due_time(message), now + std::min(step, static_cast<Nanos>(interval_ns_)));
    }

private:
    double interval_ns_;
    Nanos start_ = 0;
};

}  // namespace loadgen
