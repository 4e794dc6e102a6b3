#pragma once
// Mail between shards: one ring for each ordered pair, each slot a batch (what one shard has for
// another at the end of a turn). No lock, no allocation while batches come back empty, and no
// wake-up for a shard that is awake.
//
// Each receiver has a row of flags, one for each sender that has posted since it last looked: a
// turn without mail costs one look, however many shards there are, and one with mail as many as
// have posted.
//
// Every call says which shard it is made on; a sender's calls belong to `from`'s thread, a
// receiver's to `to`'s.
#include <atomic>
#include <bit>
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
        for (std::size_t to = 0; to < shard_count; ++to)
            flags_.push_back(std::make_unique<Flags>(shard_count));
    }

    std::size_t shard_count() const { return shard_count_; }

    // By the sender. Takes the batch and leaves an empty one, or returns false and leaves it alone
    // because the receiver is behind: try again at the end of the next turn.
    bool post(ShardId from, ShardId to, Batch& batch) {
        if (batch.empty()) return true;
        Lane& lane = lane_of(from, to);
        if (!lane.full.push(batch)) return false;
        if (!lane.returned.pop(batch)) batch = Batch{};
        flags_[to.value]->raise(from.value);
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
        Flags& flags = *flags_[to.value];
        flags.take([&](std::size_t index) {
            const ShardId from{static_cast<std::uint16_t>(index)};
            Lane& lane = lane_of(from, to);
            std::size_t round = 0;
            for (; round < limits::mailbox_slots && lane.full.pop(batch); ++round, ++count) {
                visit(from, batch);
                batch.clear();
                lane.returned.push(batch);
            }
            if (round == limits::mailbox_slots) flags.raise(index);  // there may be more
        });
        return count;
    }

    // By the receiver: is there anything to drain?
    bool has_mail(ShardId to) const { return flags_[to.value]->any(); }

private:
    // Emptied batches that may wait for their sender; more are freed, so that one burst does not
    // keep its memory.
    static constexpr std::size_t returned_slots = 4;

    struct Lane {
        explicit Lane(std::size_t slots) : full(slots), returned(returned_slots) {}
        SpscRing<Batch> full;      // sender to receiver
        SpscRing<Batch> returned;  // receiver to sender
    };

    // Who has posted to one receiver. A sender raises its flag behind the batch, and only if it is
    // down; the receiver takes flags down before it looks at rings. All of it is sequentially
    // consistent, as in the rings: a flag that is seen up is taken down later, and then the batch
    // is found.
    class alignas(cache_separation_bytes) Flags {
    public:
        explicit Flags(std::size_t shard_count)
            : words_((shard_count + word_bits - 1) / word_bits) {}
        void raise(std::size_t from) {
            std::atomic<std::uint64_t>& word = words_[from / word_bits];
            const std::uint64_t flag = std::uint64_t{1} << from % word_bits;
            if ((word.load(std::memory_order_seq_cst) & flag) == 0)
                word.fetch_or(flag, std::memory_order_seq_cst);
        }
        bool any() const {
            for (const auto& word : words_)
                if (word.load(std::memory_order_seq_cst) != 0) return true;
            return false;
        }
        template <typename Visit>
        void take(Visit&& visit) {
            for (std::size_t index = 0; index < words_.size(); ++index) {
                if (words_[index].load(std::memory_order_relaxed) == 0) continue;
                std::uint64_t flags = words_[index].exchange(0, std::memory_order_seq_cst);
                for (; flags != 0; flags &= flags - 1)
                    visit(index * word_bits + static_cast<std::size_t>(std::countr_zero(flags)));
            }
        }

    private:
        static constexpr std::size_t word_bits = 64;
        std::vector<std::atomic<std::uint64_t>> words_;
    };

    Lane& lane_of(ShardId from, ShardId to) {
        ENSURE(from.value < shard_count_ && to.value < shard_count_);
        return *lanes_[from.value * shard_count_ + to.value];
    }

    std::size_t shard_count_;
    Wake wake_;
    std::vector<std::unique_ptr<Lane>> lanes_;   // [from * shard_count_ + to]
    std::vector<std::unique_ptr<Flags>> flags_;  // by receiver
};

}  // namespace warren::runtime
