#pragma once
// Which deliveries have been unacknowledged for too long (consumer_timeout), at no cost for a
// delivery: now and then a mark remembers how far the delivery indices had come. What lies below a
// mark is at least as old as the mark, so once the mark is older than the time-out, all below it
// that is still unacknowledged is late.
//
// Coarse on purpose: a delivery is found late between one time-out and one time-out and two check
// periods after it was sent. RabbitMQ looks once a minute too. Consumers may have time-outs of
// their own: the shortest says how often is looked, the longest how long marks are kept.
#include <cstdint>

#include "base/clock.h"
#include "base/ids.h"
#include "broker/queue/block_deque.h"

namespace warren::broker {

// The shortest and the longest of the time-outs in use. 0: there is none.
struct AckTimes {
    std::uint64_t shortest_ms = 0;
    std::uint64_t longest_ms = 0;
};

class AckTimeouts {
public:
    // When check() wants to be called next; never while nothing is unacknowledged.
    Instant next_check() const { return next_check_; }
    // Tells whether anything is unacknowledged now; starts and stops the checks.
    void watch(bool anything_unacked, AckTimes times, Instant now);
    // Sets a mark at `next`, the index that comes next.
    void check(DeliveryIndex next, AckTimes times, Instant now);
    // All unacknowledged deliveries below this index are late for a time-out of `timeout_ms`, which
    // is one of those that check() was told of. 0 is never over.
    DeliveryIndex late_end(std::uint64_t timeout_ms, Instant now) const;

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
