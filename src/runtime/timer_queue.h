#pragma once
// Timers of one shard: what to call, and when. The shard runs those that are due once a turn and
// sleeps no longer than until the next one (one system timer for all).
//
//     Timer idle(shard.timers(), [this] { on_idle(); });
//     idle.schedule(now.plus_ms(30'000));
//
// Lives on one shard. A function may schedule, cancel and destroy any timer, its own included.
#include <cstddef>
#include <functional>
#include <utility>

#include "base/clock.h"
#include "runtime/timer_wheel.h"

namespace warren::runtime {

class TimerQueue {
public:
    explicit TimerQueue(Instant start) : wheel_(start) {}

    // Calls what is due, at most `calls_max` of them; true if there is more.
    bool run_due(Instant now, std::size_t calls_max);
    // When to call run_due() next; never() when no timer is set.
    Instant next_call() const { return wheel_.next_call(); }
    std::size_t size() const { return wheel_.size(); }

private:
    friend class Timer;
    TimerWheel wheel_;
};

// One shot: fires once, unless scheduled again. Destroying it cancels it.
class Timer : private TimerNode {
public:
    Timer(TimerQueue& queue, std::move_only_function<void()> on_due)
        : queue_(queue), on_due_(std::move(on_due)) {}

    // Replaces an earlier time. A time in the past fires in the next turn.
    void schedule(Instant due) { queue_.wheel_.schedule(*this, due); }
    void cancel() { queue_.wheel_.cancel(*this); }
    using TimerNode::due;
    using TimerNode::pending;

private:
    friend class TimerQueue;
    TimerQueue& queue_;
    std::move_only_function<void()> on_due_;
};

}  // namespace warren::runtime
