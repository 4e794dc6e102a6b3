#pragma once
// The consumers of a queue and the channels that hold messages of it: who may join, who is active,
// who takes the next message. Knows nothing of messages but their size.
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "broker/queue/consumer.h"
#include "broker/queue/delivery_order.h"

namespace warren::broker {

// When another consumer becomes the single active one.
enum class TakeOver : std::uint8_t {
    when_left,    // the active one has left
    by_priority,  // that too; and one of a higher priority has come, and the active one, which
                  // gets nothing any more, has settled all that it holds (quorum queues)
};

class Consumers {
public:
    explicit Consumers(bool single_active, TakeOver take_over = TakeOver::when_left)
        : single_active_(single_active), take_over_(take_over), order_(table_) {}
    Consumers(const Consumers&) = delete;
    Consumers& operator=(const Consumers&) = delete;

    // Consumers proper: basic.get holders and cancelled ones do not count.
    std::uint64_t count() const { return count_; }
    // Nobody consumes, and nobody holds a message.
    bool empty() const { return slots_.empty(); }
    // RabbitMQ refuses an exclusive consumer beside others or on a queue with a single active
    // consumer, and others beside an exclusive one.
    bool may_join(bool exclusive) const;
    Consumer& join(ConsumerSpec spec);
    // The consumer stops; its record stays while it holds messages. A waiting one may become
    // active.
    void cancel(Consumer& consumer);
    // Null if there is no such record.
    Consumer* find(const ConsumerId& id);
    Consumer& at(ConsumerSlot slot) { return *table_[slot]; }
    const Consumer& at(ConsumerSlot slot) const { return *table_[slot]; }
    // The record for basic.get of a channel, made if it is not there.
    Consumer& holder(const ConsumerId& id);
    // All records of a channel, cancelled ones too.
    std::vector<ConsumerSlot> of_channel(ConnectionId connection, ChannelId channel) const;

    // Who takes the next message; null if nobody can. Calls ask(consumer) for a consumer whose turn
    // it would be if it had a grant; ask must not change the consumers.
    template <typename Ask>
    Consumer* next_taker(Ask&& ask);
    // Books a message to the consumer and moves on in the order.
    void took(Consumer& consumer, std::uint64_t bytes);
    // What was passed on by the session is no longer on its way.
    void credit(Consumer& consumer, std::uint32_t messages, std::uint64_t bytes);
    void grant(Consumer& consumer, std::uint32_t messages);
    void hold(Consumer& consumer, DeliveryIndex index);
    // One message of that holder was settled or requeued; a cancelled one's record goes with its
    // last message.
    void unhold(ConsumerSlot slot);

    // The one that is active under x-single-active-consumer, if any.
    std::optional<ConsumerId> active_consumer() const;
    // The acknowledgement time-outs of those that have one of their own.
    const std::multiset<std::uint64_t>& own_timeouts() const { return own_timeouts_; }
    bool has_exclusive() const { return exclusive_ != Consumer::no_slot; }
    // The single active or the exclusive one, if there is one.
    const Consumer* sole() const {
        const ConsumerSlot slot =
            exclusive_ != Consumer::no_slot ? exclusive_ : single_active_slot_;
        return slot == Consumer::no_slot ? nullptr : table_[slot].get();
    }

    // Every record, in order of id.
    template <typename Visitor>
    void for_each(Visitor&& visit) {
        for (const auto& [id, slot] : slots_)
            visit(*table_[slot]);
    }
    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for (const auto& [id, slot] : slots_)
            visit(static_cast<const Consumer&>(*table_[slot]));
    }
    // In order of id, from the first one behind `after`, until visit() returns false.
    template <typename Visitor>
    void for_each_behind(const ConsumerId& after, Visitor&& visit) const {
        for (auto at = slots_.upper_bound(after); at != slots_.end(); ++at)
            if (!visit(static_cast<const Consumer&>(*table_[at->second]))) return;
    }
    void check_invariants() const;

private:
    Consumer& add_record(ConsumerSpec spec);
    void remove_record(Consumer& consumer);
    // Puts the consumer into its list or takes it out, as its windows say.
    void relist(Consumer& consumer);
    void activate_next();
    // The active one is to make room for one of a higher priority.
    void yield_active();

    bool single_active_;
    TakeOver take_over_;
    bool yielding_ = false;  // the single active consumer gets nothing any more
    ConsumerSlot single_active_slot_ = Consumer::no_slot;
    ConsumerSlot exclusive_ = Consumer::no_slot;
    std::uint64_t count_ = 0;
    std::uint64_t joined_ = 0;                      // consumers ever, for Consumer::order
    std::vector<std::unique_ptr<Consumer>> table_;  // by slot; null: free
    std::vector<ConsumerSlot> free_slots_;
    std::map<ConsumerId, ConsumerSlot> slots_;  // ordered: a channel's records stand together
    std::multiset<std::uint64_t> own_timeouts_;
    DeliveryOrder order_;
};

template <typename Ask>
Consumer* Consumers::next_taker(Ask&& ask) {
    for (const DeliveryOrder::Group& group : order_.groups())
        for (ConsumerSlot slot = group.head; slot != Consumer::no_slot;) {
            Consumer& consumer = *table_[slot];
            if (!consumer.needs_grants() || consumer.grants != 0) return &consumer;
            ask(consumer);
            slot = consumer.next;
        }
    return nullptr;
}

}  // namespace warren::broker
