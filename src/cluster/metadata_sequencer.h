#pragma once
// Puts the changes of all shards in one order. Lives on shard 0, beside the replica that answers
// for all of them: every replica gives the same answer. A change is answered once every shard has
// applied it, so a client that was told of a queue finds it on whatever connection it asks next.
#include <cstdint>
#include <deque>
#include <vector>

#include "cluster/shard_message.h"

namespace warren::cluster {

class MetadataSequencer {
public:
    explicit MetadataSequencer(std::size_t shard_count) : applied_(shard_count, 0) {}

    // Place of the next command.
    std::uint64_t take_index() { return ++last_index_; }
    std::uint64_t last_index() const { return last_index_; }

    // The answer waits until everything ordered so far is applied everywhere.
    void hold_answer(ShardId to, MetadataAnswer answer) {
        held_.push_back({last_index_, to, std::move(answer)});
    }
    void note_applied(ShardId shard, std::uint64_t index) { applied_[shard.value] = index; }

    // Calls send(shard, answer) for what may be answered now.
    template <typename Send>
    void release_answers(Send&& send) {
        if (held_.empty()) return;
        const std::uint64_t everywhere = *std::min_element(applied_.begin(), applied_.end());
        while (!held_.empty() && held_.front().index <= everywhere) {
            auto [index, to, answer] = std::move(held_.front());
            held_.pop_front();
            send(to, std::move(answer));
        }
    }

private:
    struct Held {
        std::uint64_t index;
        ShardId to;
        MetadataAnswer answer;
    };

    std::uint64_t last_index_ = 0;
    std::vector<std::uint64_t> applied_;  // by shard
    std::deque<Held> held_;
};

}  // namespace warren::cluster
