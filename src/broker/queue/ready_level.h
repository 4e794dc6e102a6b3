#pragma once
// The ready messages of one priority level, in the order of their positions.
//
// Messages arrive at the back and leave at the front of a block deque. A requeued message goes back
// to its exact place: at the front of the deque when it belongs there (the usual case: what was
// handed out last comes back), else into an ordered map beside it. Messages may also be taken out
// of the middle (expiry); the gap stays until the front passes it or gaps outnumber messages.
//
// Expiry order: most queues have one TTL, so messages expire in the order they stand in. A message
// is `indexed` (left to the deadline heap) only when that is not so. Invariant: no message in the
// deque that is not indexed expires before one that stands ahead of it in the deque. So
// ordered_deadline(), the front's, bounds them all.
#include <map>

#include "broker/queue/block_deque.h"
#include "broker/queue/ready_message.h"

namespace warren::broker {

class ReadyLevel {
public:
    bool empty() const { return ordered_.empty() && returned_.empty(); }
    const ReadyMessage& front() const {
        return front_is_returned() ? returned_.begin()->second : ordered_.front();
    }
    // Appends; the position must be above all others so far. True if the deadline must be indexed.
    bool push_back(ReadyMessage&& ready);
    // Puts a message back where it came from. True if the deadline must be indexed.
    bool put_back(ReadyMessage&& ready);
    ReadyMessage pop_front();
    // Null if no message with that position is here.
    const ReadyMessage* find(std::uint64_t position) const;
    // Takes out the message with that position, which must be here.
    ReadyMessage take(std::uint64_t position);
    // No message of this level that is not indexed has an earlier deadline.
    Instant ordered_deadline() const {
        return ordered_.empty() ? Instant::never() : ordered_.front().deadline;
    }
    // The message that ordered_deadline() is of.
    const ReadyMessage& ordered_front() const { return ordered_.front(); }

    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for (const auto& [position, ready] : returned_)
            visit(ready);
        for (std::size_t i = 0; i < ordered_.size(); ++i)
            if (ordered_[i].message) visit(ordered_[i]);
    }
    void check_invariants() const;

private:
    // Gaps below this number are left alone.
    static constexpr std::size_t gaps_min = 64;

    bool front_is_returned() const {
        return !returned_.empty() &&
               (ordered_.empty() || returned_.begin()->first < ordered_.front().position);
    }
    // Index in ordered_ of the first entry at or above the position.
    std::size_t lower_bound(std::uint64_t position) const;
    ReadyMessage pop_ordered();
    void after_removal();
    void close_gaps();

    BlockDeque<ReadyMessage> ordered_;  // its front is never a gap
    std::map<std::uint64_t, ReadyMessage>
        returned_;                        // requeued messages that belong between others
    std::size_t gaps_ = 0;                // entries of ordered_ without a message
    Instant latest_deadline_{INT64_MIN};  // of all entries since ordered_ was last empty
};

}  // namespace warren::broker
