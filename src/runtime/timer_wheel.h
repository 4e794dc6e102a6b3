#pragma once
// Many timers, one clock: schedule, reschedule and cancel take constant time, whether there are ten
// or a million. A pure machine: time is handed in.
//
// Levels of 64 slots; a slot of level n spans 64^n ms. A timer waits in the slot of the highest
// digit (base 64) in which its due time differs from elapsed_, and moves down as that time comes
// near, at most once per level. Slots of level 0 span one millisecond: timers fire in order of
// their due time, never early.
//
// Invariant: elapsed_ never exceeds the due time of a timer in a slot; due ones are in due_.
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace warren::runtime {

class TimerWheel;

// Belongs to whoever waits, usually as a base or member; leaves the wheel when destroyed. Neither
// copied nor moved: the wheel points at it.
class TimerNode {
public:
    TimerNode() = default;
    TimerNode(const TimerNode&) = delete;
    TimerNode& operator=(const TimerNode&) = delete;
    ~TimerNode() { unlink(); }

    bool pending() const { return list_ != nullptr; }
    // Only while pending.
    Instant due() const { return due_; }

private:
    friend class TimerWheel;

    struct List {
        TimerNode* first = nullptr;
        TimerNode* last = nullptr;
        std::uint64_t* occupied =
            nullptr;  // bit mask of the level; null for the list of due timers
        std::uint64_t bit = 0;
        std::size_t* count = nullptr;
    };

    void link(List& list);
    void unlink();

    TimerNode* next_ = nullptr;
    TimerNode* previous_ = nullptr;
    List* list_ = nullptr;
    Instant due_{};
};

class TimerWheel {
public:
    explicit TimerWheel(Instant start);
    TimerWheel(const TimerWheel&) = delete;
    TimerWheel& operator=(const TimerWheel&) = delete;
    // No timer may be left pending.
    ~TimerWheel();

    std::size_t size() const { return count_; }

    // Replaces an earlier due time. A time in the past is due at once; Instant::never() cancels.
    void schedule(TimerNode& node, Instant due);
    void cancel(TimerNode& node) { node.unlink(); }

    // Takes out and returns a timer that is due at `now`, the earliest first; null when none is.
    TimerNode* pop_due(Instant now);

    // When to call pop_due() next: not after the earliest due time, and not much before (timers far
    // away ask for a call at most once per level). never() when there are no timers.
    Instant next_call() const;

private:
    static constexpr int digit_bits = 6;
    static constexpr std::size_t slots = 1 << digit_bits;
    static constexpr std::size_t levels = 7;  // 64^7 ms are 139 years

    struct Level {
        std::uint64_t occupied = 0;
        std::array<TimerNode::List, slots> lists;
    };
    // A slot with timers in it, and when its span begins.
    struct Slot {
        std::size_t level;
        std::size_t index;
        std::int64_t begins_ms;
    };

    void place(TimerNode& node);
    bool find_first_slot(Slot& found) const;

    std::array<Level, levels> wheel_;
    TimerNode::List due_;
    std::int64_t elapsed_ms_;
    std::size_t count_ = 0;
};

}  // namespace warren::runtime
