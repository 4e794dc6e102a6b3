#pragma once
// Whose turn it is: the consumers that can take a message, by priority, and round-robin among
// equals. A consumer that can take nothing for now leaves its list and comes back at the end of it,
// as in RabbitMQ.
//
// The lists run through the consumers' own records (previous, next), so nothing is allocated when
// one joins or leaves.
#include <cstdint>
#include <memory>
#include <vector>

#include "broker/queue/consumer.h"

namespace warren::broker {

class DeliveryOrder {
public:
    struct Group {
        std::int32_t priority = 0;
        ConsumerSlot head = Consumer::no_slot;
        ConsumerSlot tail = Consumer::no_slot;
    };
    using Table = std::vector<std::unique_ptr<Consumer>>;

    explicit DeliveryOrder(const Table& consumers) : consumers_(consumers) {}

    // Highest priority first; a group is never empty.
    const std::vector<Group>& groups() const { return groups_; }
    void join(Consumer& consumer);
    void leave(Consumer& consumer);
    // To the end of its group.
    void rotate(Consumer& consumer);
    void check_invariants() const;

private:
    using Groups = std::vector<Group>;

    Consumer& at(ConsumerSlot slot) const { return *consumers_[slot]; }
    Groups::iterator group_of(const Consumer& consumer);
    void link(Group& group, Consumer& consumer);
    void unlink(Group& group, Consumer& consumer);

    const Table& consumers_;
    Groups groups_;
};

}  // namespace warren::broker
