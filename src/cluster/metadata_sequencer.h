#pragma once
// Puts the changes of all shards in one order. Lives on shard 0, beside the replica that answers
// for all of them: every replica gives the same answer. A change is answered once every shard with
// queues has applied it, so a client that was told of a queue finds it on whatever connection it
// asks next. Answers about what survives a restart also wait until the disk has all that they rest
// on.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "cluster/shard_message.h"

namespace warren::cluster {

// What one shard has asked for at once, and how far that is in order; or the place that is kept for
// what it will ask for.
struct SubmittedRun {
    std::shared_ptr<const MetadataRun> run;  // null: not there yet
    ShardId from;
    broker::RequestTicket place{};  // to be answered when it is the turn of a place that is kept
    bool place_told = false;
    std::size_t next = 0;
    std::vector<ChannelId> refused{};  // their later changes are not made any more

    bool ended() const { return next == run->size(); }
};

class MetadataSequencer {
public:
    explicit MetadataSequencer(std::size_t shard_count) : applied_(shard_count, 0) {}

    // Places up to this one are taken by what every shard has started with.
    void start_behind(std::uint64_t index) {
        last_index_ = index;
        std::ranges::fill(applied_, index);
    }
    // Place of the next command.
    std::uint64_t take_index() { return ++last_index_; }
    std::uint64_t last_index() const { return last_index_; }

    // The answer waits until everything ordered so far is applied everywhere, and everything up to
    // `durable_index` (0: nothing) is durable.
    void hold_answer(ShardId to, MetadataAnswer answer, std::uint64_t durable_index) {
        auto& held = durable_index == 0 ? held_ : held_for_disk_;
        held.push_back({last_index_, durable_index, to, std::move(answer)});
    }
    // How many changes the slowest shard has still to apply.
    std::uint64_t unapplied() const { return last_index_ - *std::ranges::min_element(applied_); }
    void note_applied(ShardId shard, std::uint64_t index) { applied_[shard.value] = index; }

    // Calls send(shard, answer) for what may be answered now.
    template <typename Send>
    void release_answers(std::uint64_t durable_through, Send&& send) {
        if (held_.empty() && held_for_disk_.empty()) return;
        const std::uint64_t everywhere = *std::ranges::min_element(applied_);
        for (auto* held : {&held_, &held_for_disk_})
            while (!held->empty() && held->front().index <= everywhere &&
                   held->front().durable_index <= durable_through) {
                Held released = std::move(held->front());
                held->pop_front();
                send(released.to, std::move(released.answer));
            }
    }

private:
    struct Held {
        std::uint64_t index;
        std::uint64_t durable_index;
        ShardId to;
        MetadataAnswer answer;
    };

    std::uint64_t last_index_ = 0;
    std::vector<std::uint64_t> applied_;  // by shard
    // Two lines, because nobody who waits for no disk may wait behind one who does. In each, both
    // indexes rise.
    std::deque<Held> held_;
    std::deque<Held> held_for_disk_;
};

}  // namespace warren::cluster
