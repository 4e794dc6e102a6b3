#pragma once
// All ready messages of a queue: one ReadyLevel for each priority, highest first, with their
// number, their bytes and their deadlines. Positions rise in the order of arrival over all levels.
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "broker/queue/deadline_heap.h"
#include "broker/queue/ready_level.h"

namespace warren::broker {

class ReadyList {
public:
    // Levels 0 to level_max.
    explicit ReadyList(std::uint8_t level_max) : levels_(level_max + 1u) {}

    bool empty() const { return count_ == 0; }
    std::uint64_t count() const { return count_; }
    // Of bodies.
    std::uint64_t bytes() const { return bytes_; }
    bool has_deadlines() const { return deadlines_ != 0; }
    std::uint8_t level_max() const { return static_cast<std::uint8_t>(levels_.size() - 1); }

    // The message that is delivered (or dropped) next: highest level, lowest position. Only when
    // not empty.
    const ReadyMessage& front() const { return levels_[top_level()].front(); }
    ReadyMessage pop_front();
    void push_back(ReadyMessage&& ready);
    // A message that was here before goes back to its place.
    void put_back(ReadyMessage&& ready);
    // Takes out the message that expires first, if it expires at or before `until`. Ties go by
    // position.
    std::optional<ReadyMessage> take_expired(Instant until);
    // No message expires before this. May be early (a stale entry of the heap), never late.
    Instant next_deadline() const;

    // In order of levels, not of delivery.
    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for (const ReadyLevel& level : levels_)
            level.for_each(visit);
    }
    void check_invariants() const;

private:
    // Stale entries below this number are left alone.
    static constexpr std::size_t stale_deadlines_min = 64;

    std::size_t top_level() const {
        if (levels_.size() == 1) return 0;
        return highest_occupied();
    }
    std::size_t highest_occupied() const;
    template <typename Visitor>
    void for_each_occupied(Visitor&& visit) const;
    // After the level has changed.
    void mark(std::size_t level);
    void count_in(const ReadyMessage& ready);
    void count_out(const ReadyMessage& ready);
    void index_deadline(const DeadlineHeap::Entry& entry);
    void drop_stale_deadlines();

    std::vector<ReadyLevel> levels_;
    std::array<std::uint64_t, 4> occupied_{};  // bit n: level n has messages
    DeadlineHeap deadline_heap_;
    std::uint64_t count_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t deadlines_ = 0;  // messages with a deadline
    std::uint64_t indexed_ = 0;    // messages whose deadline is in the heap
};

}  // namespace warren::broker
