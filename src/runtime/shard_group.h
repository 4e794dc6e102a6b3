#pragma once
// All shards of a node: made together, started together, stopped together.
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/ids.h"
#include "runtime/shard.h"

namespace warren::runtime {

class ShardGroup {
public:
    // With `pin`, shard n stays on processor n.
    explicit ShardGroup(std::size_t shard_count, bool pin = false);

    std::size_t size() const { return shards_.size(); }
    Shard& operator[](ShardId shard) { return *shards_[shard.value]; }

    // Runs setup(shard) on each shard's own thread, on all at the same time; returns when all have
    // done it. To be called once.
    void start(std::function<void(Shard&)> setup);
    // Runs `function(shard)` on every shard, one after the other, and returns when all have done
    // it. Never from a shard.
    void run_on_each(const std::function<void(Shard&)>& function);
    // From any thread but a shard's: ends all loops and waits for the threads. Does nothing before
    // start() and when repeated.
    void stop();

    // From any thread: what a MailboxGrid calls.
    void wake(ShardId shard) { shards_[shard.value]->wake(); }

private:
    std::vector<std::unique_ptr<Shard>> shards_;
    bool running_ = false;
};

}  // namespace warren::runtime
