#pragma once
// The queues of one shard that are awake: those that hold something, have consumers, or had
// something to do a moment ago. All others are at rest and cost what is remembered of them, which
// is nothing for a queue that has never been used: that it exists is told by the topology, and its
// machine is made when it is asked for something.
//
// Who is awake and may come to rest is looked at from time to time, some at a time, so that a
// million of them hold nobody up.
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "broker/queue/queue_machine.h"

namespace warren::cluster {

class QueueTable {
public:
    // A queue comes to rest when it was not active for so long.
    static constexpr std::int64_t rest_after_ms = 2000;
    // So many are looked at in one call of rest_some(), and it wants to be called again so soon
    // while there are others.
    static constexpr std::size_t looked_at_max = 512;
    static constexpr std::int64_t next_look_ms = 5;

    // Null if the queue is not awake.
    broker::QueueMachine* find(QueueId id) const {
        const auto found = awake_.find(id);
        return found == awake_.end() ? nullptr : found->second.get();
    }
    bool empty() const { return awake_.empty(); }
    std::size_t awake_count() const { return awake_.size(); }
    // All that are awake, and some that have gone.
    const std::vector<QueueId>& awake_ids() const { return looked_at_; }
    // All that have worked, and some that have gone.
    std::vector<QueueId> known_ids() const;
    // What is remembered of a queue at rest; null if there is nothing to remember.
    const broker::QueuePast* past_of(QueueId id) const {
        const auto found = pasts_.find(id);
        return found == pasts_.end() ? nullptr : found->second.get();
    }

    // The queue is awake from now on; it has been told of its past.
    broker::QueueMachine& wake(std::unique_ptr<broker::QueueMachine> machine);
    // The queue is gone, with its past; null if it was not awake.
    std::unique_ptr<broker::QueueMachine> take(QueueId id);

    // Puts some of those to rest that have nothing; calls at_rest(id) for each. When to call again:
    // never, if no queue can come to rest before something has happened to it.
    template <typename AtRest>
    Instant rest_some(Instant now, AtRest&& at_rest);

    template <typename Visitor>
    void for_each_awake(Visitor&& visit) const {
        for (const auto& [id, queue] : awake_)
            visit(*queue);
    }

private:
    enum class Look : std::uint8_t { gone, rests, waits, works };

    Look look_at(QueueId id, Instant now);
    // What a crowd of queues that were awake has needed.
    void release_memory();

    std::unordered_map<QueueId, std::unique_ptr<broker::QueueMachine>> awake_;
    std::unordered_map<QueueId, std::unique_ptr<broker::QueuePast>> pasts_;
    // All that are awake, and some that have gone since the last look. Rounds go from the back to
    // the front.
    std::vector<QueueId> looked_at_;
    std::size_t left_ = 0;  // of this round; 0: none has begun
    bool some_wait_ = false;
};

template <typename AtRest>
Instant QueueTable::rest_some(Instant now, AtRest&& at_rest) {
    if (left_ == 0) {
        left_ = looked_at_.size();
        some_wait_ = false;
    }
    for (std::size_t looks = 0; looks < looked_at_max && left_ != 0; ++looks) {
        const QueueId id = looked_at_[--left_];
        const Look look = look_at(id, now);
        some_wait_ |= look == Look::waits;
        if (look == Look::works || look == Look::waits) continue;
        if (look == Look::rests) at_rest(id);
        // The one that takes its place was looked at in this round, or woke after it began.
        looked_at_[left_] = looked_at_.back();
        looked_at_.pop_back();
    }
    if (left_ != 0) return now.plus_ms(next_look_ms);
    release_memory();
    return some_wait_ ? now.plus_ms(rest_after_ms) : Instant::never();
}

}  // namespace warren::cluster
