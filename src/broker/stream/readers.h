#pragma once
// The consumers of a stream. Each reads on its own; what limits one is its prefetch count, and what
// its session has not passed on yet. Nothing that it settles comes back: settling only moves its
// window on.
//
// A delivery index says whose it is: the slot of the reader and a number that rises in that slot,
// also when another reader takes it over.
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "base/limits.h"
#include "broker/queue/queue_commands.h"
#include "broker/stream/stream_arguments.h"

namespace warren::broker {

struct Reader {
    ConsumerSpec spec;
    StreamFilter filter;
    std::uint64_t next_offset = 0;   // the next message to look at
    std::uint64_t start_offset = 0;  // nothing before it is delivered
    // Of a reader with a filter: the batch that it is in, and whether it is wanted.
    std::uint64_t batch_end = 0;
    bool wants_batch = true;

    std::uint32_t slot = 0;
    std::uint64_t first_number = 0;  // of its deliveries
    std::uint64_t next_number = 0;
    std::uint32_t unacked = 0;
    std::uint32_t passing_messages = 0;  // sent and not yet credited
    std::uint64_t passing_bytes = 0;
    std::vector<Delivery> batch;  // gathered in this turn

    bool has_room() const {
        return (spec.prefetch == 0 || unacked < spec.prefetch) &&
               passing_messages < limits::delivery_window_messages &&
               passing_bytes < limits::delivery_window_bytes;
    }
    // Books a message to it.
    void take(const MessageRef& message);
};

class Readers {
public:
    bool empty() const { return readers_.empty(); }
    std::size_t count() const { return readers_.size(); }
    std::uint64_t unacked() const;

    Reader& join(ConsumerSpec spec);
    // Null: there is none, or not any more.
    Reader* find(const ConsumerId& id);
    void leave(const ConsumerId& id);
    // False: it had none.
    bool leave(ConnectionId connection, ChannelId channel);
    // How many of these were the reader's that holds them now, if there is one.
    struct Settled {
        Reader* reader = nullptr;
        std::uint32_t count = 0;
    };
    Settled settle(DeliveryIndex first, DeliveryIndex last);
    // Everything that readers of the channel hold is settled.
    void settle_all(ConnectionId connection, ChannelId channel);

    // Calls visit(reader) for each, until it returns false; begins where the last call has ended.
    template <typename Visitor>
    void for_each_in_turn(Visitor&& visit);
    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for (const auto& [id, reader] : readers_)
            visit(static_cast<const Reader&>(*reader));
    }
    // In order of id, from the first one behind `after`, until visit() returns false.
    template <typename Visitor>
    void for_each_behind(const ConsumerId& after, Visitor&& visit) const {
        for (auto at = readers_.upper_bound(after); at != readers_.end(); ++at)
            if (!visit(static_cast<const Reader&>(*at->second))) return;
    }

private:
    struct Slot {
        Reader* reader = nullptr;  // null: free
        std::uint64_t next_number = 0;
    };
    using Table = std::map<ConsumerId, std::unique_ptr<Reader>>;

    Table::iterator remove(Table::iterator at);

    Table readers_;
    std::vector<Slot> slots_;
    std::uint32_t next_slot_ = 0;  // whose turn it is
};

template <typename Visitor>
void Readers::for_each_in_turn(Visitor&& visit) {
    for (std::size_t count = 0; count < slots_.size(); ++count) {
        if (next_slot_ >= slots_.size()) next_slot_ = 0;
        Reader* const reader = slots_[next_slot_].reader;
        if (reader != nullptr && !visit(*reader)) return;
        ++next_slot_;
    }
}

}  // namespace warren::broker
