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

void AckTimeouts::watch(bool anything_unacked, std::uint64_t timeout_ms, Instant now) {
    if (!anything_unacked || timeout_ms == 0) {
        marks_.truncate(0);
        next_check_ = Instant::never();
    } else if (next_check_ == Instant::never()) {
        next_check_ = now.plus_ms(period_ms(timeout_ms));
    }
}

DeliveryIndex AckTimeouts::check(DeliveryIndex next, std::uint64_t timeout_ms, Instant now) {
    DeliveryIndex late_end;
    const Instant late = now.plus_ms(-static_cast<std::int64_t>(timeout_ms));
    while (!marks_.empty() && marks_.front().at <= late)
        late_end = marks_.pop_front().end;
    marks_.push_back({next, now});
    next_check_ = now.plus_ms(period_ms(timeout_ms));
    return late_end;
}

}  // namespace warren::broker
