#pragma once
// Mail between shards: one ring for each ordered pair, each slot a batch (what one shard has for
// another at the end of a turn). No lock, no allocation while batches come back empty, and no
// wake-up for a shard that is awake.
//
// Every call says which shard it is made on; a sender's calls belong to `from`'s thread, a
// receiver's to `to`'s.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/ensure.h"
#include "base/ids.h"
#include "base/limits.h"
#include "runtime/spsc_ring.h"

namespace warren::runtime {

// Batch is a container: movable, with empty() and clear(), whose clear() keeps its memory.
template <typename Batch>
class MailboxGrid {
public:
    // Called on the sender's thread after each batch: Shard::wake() of the receiver.
    using Wake = std::function<void(ShardId)>;

    MailboxGrid(std::size_t shard_count, Wake wake, std::size_t slots = limits::mailbox_slots)
        : shard_count_(shard_count), wake_(std::move(wake)) {
        for (std::size_t pair = 0; pair < shard_count * shard_count; ++pair)
            lanes_.push_back(std::make_unique<Lane>(slots));
    }

    std::size_t shard_count() const { return shard_count_; }

    // By the sender. Takes the batch and leaves an empty one, or returns false and leaves it alone
    // because the receiver is behind: try again at the end of the next turn.
    bool post(ShardId from, ShardId to, Batch& batch) {
        if (batch.empty()) return true;
        Lane& lane = lane_of(from, to);
        if (!lane.full.push(batch)) return false;
        if (!lane.returned.pop(batch)) batch = Batch{};
        wake_(to);
        return true;
    }

    // By the receiver. Calls visit(from, batch) for what has arrived, the batches of one sender in
    // the order posted; at most a ring from each, so that a fast sender cannot hold the turn. The
    // batch is cleared afterwards. Returns how many batches there were.
    template <typename Visit>
    std::size_t drain(ShardId to, Visit&& visit) {
        std::size_t count = 0;
        Batch batch;
        for (std::size_t index = 0; index < shard_count_; ++index) {
            const ShardId from{static_cast<std::uint16_t>(index)};
            Lane& lane = lane_of(from, to);
            for (std::size_t round = 0; round < limits::mailbox_slots && lane.full.pop(batch);
                 ++round, ++count) {
                visit(from, batch);
                batch.clear();
                lane.returned.push(batch);
            }
        }
        return count;
    }

    // By the receiver: is there anything to drain?
    bool has_mail(ShardId to) const {
        for (std::size_t from = 0; from < shard_count_; ++from)
            if (!lanes_[from * shard_count_ + to.value]->full.empty()) return true;
        return false;
    }

private:
    // Emptied batches that may wait for their sender; more are freed, so that one burst does not
    // keep its memory.
    static constexpr std::size_t returned_slots = 4;

    struct Lane {
        explicit Lane(std::size_t slots) : full(slots), returned(returned_slots) {}
        SpscRing<Batch> full;      // sender to receiver
        SpscRing<Batch> returned;  // receiver to sender
    };

    Lane& lane_of(ShardId from, ShardId to) {
        ENSURE(from.value < shard_count_ && to.value < shard_count_);
        return *lanes_[from.value * shard_count_ + to.value];
    }

    std::size_t shard_count_;
    Wake wake_;
    std::vector<std::unique_ptr<Lane>> lanes_;  // [from * shard_count_ + to]
};

}  // namespace warren::runtime
