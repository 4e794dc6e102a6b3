#pragma once
// Which deliveries have been unacknowledged for too long (consumer_timeout), at no cost for a
// delivery: now and then a mark remembers how far the delivery indices had come. What lies below a
// mark is at least as old as the mark, so once the mark is older than the time-out, all below it
// that is still unacknowledged is late.
//
// Coarse on purpose: a delivery is found late between one time-out and one time-out and two check
// periods after it was sent. RabbitMQ looks once a minute too.
#include <cstdint>

#include "base/clock.h"
#include "base/ids.h"
#include "broker/queue/block_deque.h"

namespace warren::broker {

class AckTimeouts {
public:
    // When check() wants to be called next; never while nothing is unacknowledged.
    Instant next_check() const { return next_check_; }
    // Tells whether anything is unacknowledged now; starts and stops the checks. `timeout_ms` 0: no
    // time-out.
    void watch(bool anything_unacked, std::uint64_t timeout_ms, Instant now);
    // Sets a mark at `next`, the index that comes next. All unacknowledged deliveries below the
    // returned index are late.
    DeliveryIndex check(DeliveryIndex next, std::uint64_t timeout_ms, Instant now);

    // Time between checks.
    static std::int64_t period_ms(std::uint64_t timeout_ms);

private:
    struct Mark {
        DeliveryIndex end;
        Instant at;
    };
    BlockDeque<Mark> marks_;
    Instant next_check_ = Instant::never();
};

}  // namespace warren::broker
