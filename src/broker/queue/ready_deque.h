#pragma once
// Ready messages of one level in the order of their positions: they arrive at the back and leave at
// the front. They may also be taken out of the middle (expiry); the gap stays until the front
// passes it or gaps outnumber messages.
//
// Expiry order: most queues have one TTL, so messages expire in the order they stand in. A message
// is `indexed` (left to the deadline heap) only when that is not so. Invariant: no message here
// that is not indexed expires before one that stands ahead of it. So the front's deadline bounds
// them all.
#include <cstdint>

#include "broker/queue/block_deque.h"
#include "broker/queue/ready_message.h"

namespace warren::broker {

class ReadyDeque {
public:
    bool empty() const { return entries_.empty(); }
    std::size_t count() const { return entries_.size() - gaps_; }  // of messages
    const ReadyMessage& front() const { return entries_.front(); }
    // Of a message or a gap; only when not empty.
    std::uint64_t last_position() const { return entries_[entries_.size() - 1].position; }
    // Appends; the position must be above all others. True if the deadline must be indexed.
    bool push_back(ReadyMessage&& ready);
    // May be pushed to the front, and need not be indexed then.
    bool fits_in_front(const ReadyMessage& ready) const {
        return entries_.empty() ||
               (ready.position < front().position && ready.deadline <= front().deadline);
    }
    void push_front(ReadyMessage&& ready);
    ReadyMessage pop_front();
    // Null if no message with that position is here.
    const ReadyMessage* find(std::uint64_t position) const;
    // Takes out the message with that position, which must be here.
    ReadyMessage take(std::uint64_t position);

    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for (std::size_t i = 0; i < entries_.size(); ++i)
            if (entries_[i].message) visit(entries_[i]);
    }
    // Those with a position in (after, through], in order. Only flags may be changed.
    template <typename Visitor>
    void for_each_in(std::uint64_t after, std::uint64_t through, Visitor&& visit) {
        for (std::size_t i = lower_bound(after + 1);
             i < entries_.size() && entries_[i].position <= through; ++i)
            if (entries_[i].message) visit(entries_[i]);
    }
    // The first messages above that position, in order, as long as visit(ready) says true.
    template <typename Visitor>
    void for_each_above(std::uint64_t after, Visitor&& visit) const {
        for (std::size_t i = lower_bound(after + 1); i < entries_.size(); ++i)
            if (entries_[i].message && !visit(entries_[i])) return;
    }
    void check_invariants() const;

private:
    // Gaps below this number are left alone.
    static constexpr std::size_t gaps_min = 64;

    // Index of the first entry at or above the position.
    std::size_t lower_bound(std::uint64_t position) const;
    void after_removal();
    void close_gaps();

    BlockDeque<ReadyMessage> entries_;    // its front is never a gap
    std::size_t gaps_ = 0;                // entries without a message
    Instant latest_deadline_{INT64_MIN};  // of all entries since this was last empty
};

}  // namespace warren::broker
