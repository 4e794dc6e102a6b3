#include "broker/queue/consumers.h"

#include <utility>

#include "base/ensure.h"

namespace warren::broker {

bool Consumers::may_join(bool exclusive) const {
    if (has_exclusive()) return false;
    return !exclusive || (count_ == 0 && !single_active_);
}

Consumer& Consumers::join(ConsumerSpec spec) {
    ENSURE(may_join(spec.exclusive));
    Consumer& consumer = add_record(std::move(spec));
    consumer.consuming = true;
    consumer.order = ++joined_;
    ++count_;
    if (consumer.spec.exclusive) exclusive_ = consumer.slot;
    if (!single_active_)
        consumer.active = true;
    else if (single_active_slot_ == Consumer::no_slot)
        activate_next();
    else if (take_over_ == TakeOver::by_priority &&
             consumer.spec.priority > at(single_active_slot_).spec.priority)
        yield_active();
    relist(consumer);
    return consumer;
}

void Consumers::cancel(Consumer& consumer) {
    ENSURE(consumer.consuming);
    consumer.consuming = false;
    consumer.active = false;
    --count_;
    relist(consumer);
    if (exclusive_ == consumer.slot) exclusive_ = Consumer::no_slot;
    if (single_active_slot_ == consumer.slot) activate_next();
    if (consumer.unacked == 0) remove_record(consumer);
}

Consumer* Consumers::find(const ConsumerId& id) {
    const auto found = slots_.find(id);
    return found == slots_.end() ? nullptr : table_[found->second].get();
}

Consumer& Consumers::holder(const ConsumerId& id) {
    if (Consumer* found = find(id)) return *found;
    ConsumerSpec spec;
    spec.id = id;
    return add_record(std::move(spec));
}

std::vector<ConsumerSlot> Consumers::of_channel(ConnectionId connection, ChannelId channel) const {
    std::vector<ConsumerSlot> slots;
    for (auto at = slots_.lower_bound(ConsumerId{connection, channel, 0});
         at != slots_.end() && at->first.connection == connection && at->first.channel == channel;
         ++at)
        slots.push_back(at->second);
    return slots;
}

void Consumers::took(Consumer& consumer, std::uint64_t bytes) {
    ++consumer.passing_messages;
    consumer.passing_bytes += bytes;
    if (consumer.needs_grants()) --consumer.grants;
    if (consumer.can_be_listed())
        order_.rotate(consumer);
    else
        order_.leave(consumer);
}

void Consumers::credit(Consumer& consumer, std::uint32_t messages, std::uint64_t bytes) {
    // Sessions credit what they were sent, no more: anything else would open the window for good.
    ENSURE(messages <= consumer.passing_messages && bytes <= consumer.passing_bytes);
    consumer.passing_messages -= messages;
    consumer.passing_bytes -= bytes;
    relist(consumer);
}

void Consumers::grant(Consumer& consumer, std::uint32_t messages) {
    consumer.grants += messages;
    consumer.grant_asked = false;
}

void Consumers::hold(Consumer& consumer, DeliveryIndex index) {
    if (consumer.unacked++ == 0) consumer.oldest_unacked = index;
}

void Consumers::unhold(ConsumerSlot slot) {
    Consumer& consumer = *table_[slot];
    ENSURE(consumer.unacked != 0);
    --consumer.unacked;
    if (yielding_ && slot == single_active_slot_ && consumer.unacked == 0) activate_next();
    if (!consumer.consuming) {
        if (consumer.unacked == 0) remove_record(consumer);
    } else if (consumer.spec.prefetch != 0) {
        relist(consumer);
    }
}

std::optional<ConsumerId> Consumers::active_consumer() const {
    if (single_active_slot_ == Consumer::no_slot) return std::nullopt;
    return table_[single_active_slot_]->spec.id;
}

Consumer& Consumers::add_record(ConsumerSpec spec) {
    auto consumer = std::make_unique<Consumer>();
    consumer->spec = std::move(spec);
    if (free_slots_.empty()) {
        consumer->slot = static_cast<ConsumerSlot>(table_.size());
        table_.emplace_back();
    } else {
        consumer->slot = free_slots_.back();
        free_slots_.pop_back();
    }
    const bool added = slots_.emplace(consumer->spec.id, consumer->slot).second;
    ENSURE(added);
    if (consumer->spec.ack_timeout_ms) own_timeouts_.insert(*consumer->spec.ack_timeout_ms);
    return *(table_[consumer->slot] = std::move(consumer));
}

void Consumers::remove_record(Consumer& consumer) {
    ENSURE(!consumer.listed && consumer.batch.empty());
    const ConsumerSlot slot = consumer.slot;
    slots_.erase(consumer.spec.id);
    if (consumer.spec.ack_timeout_ms)
        own_timeouts_.erase(own_timeouts_.find(*consumer.spec.ack_timeout_ms));
    table_[slot].reset();
    free_slots_.push_back(slot);
}

void Consumers::relist(Consumer& consumer) {
    const bool listed = consumer.can_be_listed();
    if (listed == consumer.listed) return;
    if (listed)
        order_.join(consumer);
    else
        order_.leave(consumer);
}

// RabbitMQ: the waiting consumer of the highest priority, the first to have come among equals.
void Consumers::activate_next() {
    yielding_ = false;
    Consumer* next = nullptr;
    for (const auto& candidate : table_) {
        if (candidate == nullptr || !candidate->consuming) continue;
        if (next == nullptr || candidate->spec.priority > next->spec.priority ||
            (candidate->spec.priority == next->spec.priority && candidate->order < next->order))
            next = candidate.get();
    }
    single_active_slot_ = next == nullptr ? Consumer::no_slot : next->slot;
    if (next == nullptr) return;
    next->active = true;
    relist(*next);
}

void Consumers::yield_active() {
    Consumer& active = at(single_active_slot_);
    active.active = false;
    relist(active);
    if (active.unacked == 0)
        activate_next();
    else
        yielding_ = true;
}

void Consumers::check_invariants() const {
    std::uint64_t consuming = 0;
    std::uint64_t active = 0;
    for (const auto& [id, slot] : slots_) {
        const Consumer& consumer = *table_[slot];
        ENSURE(consumer.spec.id == id && consumer.slot == slot);
        ENSURE(consumer.consuming || consumer.unacked != 0);
        ENSURE(consumer.consuming || !consumer.active);
        ENSURE(consumer.listed == consumer.can_be_listed());
        ENSURE(consumer.spec.prefetch == 0 || consumer.unacked <= consumer.spec.prefetch);
        ENSURE(consumer.passing_messages <= limits::delivery_window_messages);
        ENSURE(consumer.batch.empty());
        consuming += consumer.consuming;
        active += consumer.active;
    }
    ENSURE(consuming == count_);
    ENSURE(slots_.size() + free_slots_.size() == table_.size());
    if (single_active_) ENSURE(active == (count_ == 0 || yielding_ ? 0u : 1u));
    if (!single_active_) ENSURE(active == count_);
    if (has_exclusive()) ENSURE(count_ == 1 && table_[exclusive_]->spec.exclusive);
    order_.check_invariants();
}

}  // namespace warren::broker
