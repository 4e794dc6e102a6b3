#pragma once
// The prefetch limit that consumers of a channel share (basic.qos with global set). Queues deliver
// to such consumers only against grants: a queue that has a message asks (GrantWanted), gets what
// room there is, and gives back what it did not use. So a consumer of an empty queue never sits on
// the room that another one needs.
//
// Invariant: held() + granted_ <= limit, but for what was held when the limit was lowered.
#include <cstdint>
#include <list>

#include "broker/shard_services.h"

namespace warren::session {

class PrefetchLimit {
public:
    // 0 lifts the limit. Consumers keep asking for grants once they were created under a limit.
    void set(std::uint32_t limit) { limit_ = limit; }
    std::uint32_t limit() const { return limit_; }
    bool limited() const { return limit_ != 0; }

    void want(const broker::GrantWanted& wanted, ShardId shard) {
        waiting_.push_back({wanted.consumer, {wanted.queue, shard}});
    }
    void give_back(std::uint32_t messages) { granted_ -= messages; }
    // A granted delivery has arrived; with acknowledgement it is held until it is settled.
    void delivered(bool held) {
        --granted_;
        if (held) ++held_;
    }
    void settled() { --held_; }

    // Hands out what room there is, in the order in which consumers asked.
    void serve(broker::ShardServices& shard) {
        while (!waiting_.empty()) {
            const std::uint32_t room = room_left();
            if (room == 0) return;
            const auto share =
                static_cast<std::uint32_t>(std::max<std::size_t>(1, room / waiting_.size()));
            const Waiting next = waiting_.front();
            waiting_.pop_front();
            granted_ += share;
            shard.send(next.queue, broker::Grant{next.consumer, share});
        }
    }

private:
    // Without a limit consumers still work by grants, in portions of this size.
    static constexpr std::uint32_t unlimited_portion = 1024;

    struct Waiting {
        broker::ConsumerId consumer;
        broker::QueueAddress queue;
    };

    std::uint32_t room_left() const {
        if (limit_ == 0) return unlimited_portion;
        const std::uint32_t taken = held_ + granted_;
        return taken >= limit_ ? 0 : limit_ - taken;
    }

    std::uint32_t limit_ = 0;
    std::uint32_t held_ = 0;      // delivered and not settled
    std::uint32_t granted_ = 0;   // promised to queues
    std::list<Waiting> waiting_;  // holds no memory while it is empty, as a deque does
};

}  // namespace warren::session
