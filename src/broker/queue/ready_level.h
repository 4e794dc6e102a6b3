#pragma once
// The ready messages of one priority level, in the order of their positions:
//
//   head    messages that have come back: from the log, or from a consumer to the front (the usual
//           case: what was handed out last comes back)
//   paged   messages that only the log holds
//   tail    messages that have arrived and stayed
//
// and beside these `returned`, an ordered map of messages that came back to a place between others.
// A queue without a log has nothing paged.
//
// Invariant: the head and what is paged have lower positions than the tail, and what is in the head
// stands ahead of what is paged. What was taken out of the middle comes back to `returned`.
#include <algorithm>
#include <cstdint>
#include <map>

#include "broker/queue/ready_deque.h"
#include "broker/queue/ready_message.h"

namespace warren::broker {

class ReadyLevel {
public:
    bool empty() const {
        return tail_.empty() && head_.empty() && returned_.empty() && !has_paged_;
    }
    // Of messages in memory.
    std::size_t count() const { return tail_.count() + head_.count() + returned_.size(); }
    // The next messages must be loaded before the front can be asked for.
    bool front_is_paged() const { return has_paged_ && head_.empty(); }
    const ReadyMessage& front() const {
        return front_is_returned() ? returned_.begin()->second : ordered().front();
    }
    ReadyMessage pop_front();

    // These tell whether the deadline must be indexed.
    // Appends; the position must be above all others so far.
    bool push_back(ReadyMessage&& ready) { return tail_.push_back(std::move(ready)); }
    // Puts a message back where it came from. No paged message has a lower position than that.
    bool put_back(ReadyMessage&& ready, std::uint64_t first_paged);
    // The paged message that is next in order has been loaded.
    bool push_loaded(ReadyMessage&& ready) { return head_.push_back(std::move(ready)); }
    // A message that was taken out of the order, and stands somewhere in it.
    bool put_between(ReadyMessage&& ready);

    // Null if no message with that position is in memory.
    const ReadyMessage* find(std::uint64_t position) const;
    // Takes out the message with that position, which must be in memory.
    ReadyMessage take(std::uint64_t position);
    // The message that expires first among those that are not indexed; null if there is none.
    const ReadyMessage* first_to_expire() const;

    // ---- paging ----
    void set_has_paged(bool has_paged) { has_paged_ = has_paged; }
    bool has_paged() const { return has_paged_; }
    // Takes those out of the tail that have a position up to there: drop(ready) for each.
    template <typename Drop>
    void page_out(std::uint64_t through, Drop&& drop) {
        while (!tail_.empty() && tail_.front().position <= through) {
            has_paged_ = true;
            drop(tail_.pop_front());
        }
    }

    // ---- all that is in memory; not in order ----
    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for (const auto& [position, ready] : returned_)
            visit(ready);
        head_.for_each(visit);
        tail_.for_each(visit);
    }
    // Positions in (after, through]: those outside of the tail, and those in it, in order.
    template <typename Visitor>
    void for_each_ahead_of_tail(std::uint64_t after, std::uint64_t through, Visitor&& visit) {
        for (auto at = returned_.upper_bound(after); at != returned_.end() && at->first <= through;
             ++at)
            visit(at->second);
        head_.for_each_in(after, through, visit);
    }
    template <typename Visitor>
    void for_each_at_tail(std::uint64_t after, std::uint64_t through, Visitor&& visit) {
        tail_.for_each_in(after, through, visit);
    }
    // Of each part the first messages above that position, up to `most`; in no order.
    template <typename Visitor>
    void for_first_above(std::uint64_t after, std::size_t most, Visitor&& visit) const {
        std::size_t left = most;
        for (auto at = returned_.upper_bound(after); at != returned_.end() && left != 0;
             ++at, --left)
            visit(at->second);
        for (const ReadyDeque* part : {&head_, &tail_}) {
            left = most;
            if (left != 0)
                part->for_each_above(after, [&](const ReadyMessage& ready) {
                    visit(ready);
                    return --left != 0;
                });
        }
    }
    // Of what is in memory; UINT64_MAX when that is nothing.
    std::uint64_t lowest_position() const {
        const std::uint64_t ordered_first =
            ordered().empty() ? UINT64_MAX : ordered().front().position;
        return returned_.empty() ? ordered_first
                                 : std::min(ordered_first, returned_.begin()->first);
    }
    // No position at the tail is lower; UINT64_MAX when it is empty.
    std::uint64_t tail_position() const {
        return tail_.empty() ? UINT64_MAX : tail_.front().position;
    }
    void check_invariants() const;

private:
    const ReadyDeque& ordered() const { return head_.empty() ? tail_ : head_; }
    ReadyDeque& ordered() { return head_.empty() ? tail_ : head_; }
    bool front_is_returned() const {
        return !returned_.empty() &&
               (ordered().empty() || returned_.begin()->first < ordered().front().position);
    }
    bool belongs_to_head(std::uint64_t position) const {
        return !head_.empty() && position <= head_.last_position();
    }

    ReadyDeque head_;
    ReadyDeque tail_;
    std::map<std::uint64_t, ReadyMessage> returned_;
    bool has_paged_ = false;
};

}  // namespace warren::broker
