#include "broker/queue/delivery_order.h"

#include <algorithm>

#include "base/ensure.h"

namespace warren::broker {

namespace {
constexpr ConsumerSlot none = Consumer::no_slot;
}

DeliveryOrder::Groups::iterator DeliveryOrder::group_of(const Consumer& consumer) {
    return std::find_if(groups_.begin(), groups_.end(), [&](const Group& group) {
        return group.priority <= consumer.spec.priority;
    });
}

void DeliveryOrder::join(Consumer& consumer) {
    ENSURE(!consumer.listed);
    auto group = group_of(consumer);
    if (group == groups_.end() || group->priority != consumer.spec.priority)
        group = groups_.insert(group, Group{.priority = consumer.spec.priority});
    link(*group, consumer);
    consumer.listed = true;
}

void DeliveryOrder::leave(Consumer& consumer) {
    ENSURE(consumer.listed);
    auto group = group_of(consumer);
    unlink(*group, consumer);
    consumer.listed = false;
    if (group->head == none) groups_.erase(group);
}

void DeliveryOrder::rotate(Consumer& consumer) {
    if (consumer.next == none) return;
    Group& group = *group_of(consumer);
    unlink(group, consumer);
    link(group, consumer);
}

void DeliveryOrder::link(Group& group, Consumer& consumer) {
    consumer.previous = group.tail;
    consumer.next = none;
    if (group.tail == none)
        group.head = consumer.slot;
    else
        at(group.tail).next = consumer.slot;
    group.tail = consumer.slot;
}

void DeliveryOrder::unlink(Group& group, Consumer& consumer) {
    if (consumer.previous == none)
        group.head = consumer.next;
    else
        at(consumer.previous).next = consumer.next;
    if (consumer.next == none)
        group.tail = consumer.previous;
    else
        at(consumer.next).previous = consumer.previous;
    consumer.previous = consumer.next = none;
}

void DeliveryOrder::check_invariants() const {
    std::size_t linked = 0;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        const Group& group = groups_[g];
        ENSURE(g == 0 || groups_[g - 1].priority > group.priority);
        ENSURE(group.head != none && at(group.head).previous == none);
        for (ConsumerSlot slot = group.head; slot != none; slot = at(slot).next) {
            ENSURE(at(slot).listed && at(slot).spec.priority == group.priority);
            ENSURE(at(slot).next != none || group.tail == slot);
            ++linked;
        }
    }
    for (const auto& consumer : consumers_)
        if (consumer != nullptr && consumer->listed) --linked;
    ENSURE(linked == 0);
}

}  // namespace warren::broker
