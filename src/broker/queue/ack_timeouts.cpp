#include "broker/queue/ack_timeouts.h"

#include <algorithm>

namespace warren::broker {

std::int64_t AckTimeouts::period_ms(std::uint64_t timeout_ms) {
    constexpr std::uint64_t shortest = 1000;
    constexpr std::uint64_t longest = 60'000;
    constexpr std::uint64_t marks_max = 1024;
    const std::uint64_t period = std::clamp(timeout_ms / 4, shortest, longest);
    return static_cast<std::int64_t>(std::max(period, timeout_ms / marks_max));
}

void AckTimeouts::watch(bool anything_unacked, AckTimes times, Instant now) {
    if (!anything_unacked || times.shortest_ms == 0) {
        marks_.truncate(0);
        next_check_ = Instant::never();
    } else {
        next_check_ = std::min(next_check_, now.plus_ms(period_ms(times.shortest_ms)));
    }
}

void AckTimeouts::check(DeliveryIndex next, AckTimes times, Instant now) {
    const Instant late = now.plus_ms(-static_cast<std::int64_t>(times.longest_ms));
    // Of the marks that are old enough for everybody only the last says anything.
    while (marks_.size() > 1 && marks_[1].at <= late)
        marks_.pop_front();
    marks_.push_back({next, now});
    next_check_ = now.plus_ms(period_ms(times.shortest_ms));
}

DeliveryIndex AckTimeouts::late_end(std::uint64_t timeout_ms, Instant now) const {
    if (timeout_ms == 0) return {};
    const Instant late = now.plus_ms(-static_cast<std::int64_t>(timeout_ms));
    DeliveryIndex end;
    for (std::size_t i = 0; i < marks_.size() && marks_[i].at <= late; ++i)
        end = marks_[i].end;
    return end;
}

}  // namespace warren::broker
