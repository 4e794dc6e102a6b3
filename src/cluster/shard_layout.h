#pragma once
// The shards of a node. Those that hold queues come first; behind them there may be one more, the
// observer, which has a replica of what exists like all others and answers questions about it, but
// no queues, no clients and no log. Nobody waits for it: it may take its time over an answer.
#include <cstddef>

#include "base/ids.h"

namespace warren::cluster {

class ShardLayout {
public:
    // A number alone is a node without an observer.
    ShardLayout(std::size_t queue_shards, bool has_observer = false)
        : queue_shards_(queue_shards), has_observer_(has_observer) {}

    std::size_t queue_shards() const { return queue_shards_; }
    std::size_t all() const { return queue_shards_ + (has_observer_ ? 1 : 0); }
    bool has_observer() const { return has_observer_; }
    bool is_observer(ShardId shard) const { return shard.value >= queue_shards_; }

private:
    std::size_t queue_shards_;
    bool has_observer_;
};

}  // namespace warren::cluster
