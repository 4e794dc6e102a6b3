#pragma once
// What each argument of a queue and of its consumers may hold, and which types of queue know it.
// RabbitMQ 4.3's rules and texts, but for arguments that worked before 4.3 and are refused there:
// x-queue-version 1, x-queue-master-locator and x-consumer-timeout are accepted on classic queues.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "amqp091/field_table.h"
#include "broker/queue/queue_type.h"

namespace warren::broker {

// What is wrong with an argument's value, as RabbitMQ prints it behind "invalid arg ...: ".
using ArgumentFault = std::optional<std::string>;

struct ArgumentRule {
    std::string_view name;
    std::uint8_t types;  // a bit for each QueueType that knows the argument
    // Nullptr: whatever the value, the argument is accepted; what makes no sense has no effect.
    ArgumentFault (*check)(const amqp091::FieldValue& value, const amqp091::FieldTable& arguments);

    bool known_to(QueueType type) const { return (types >> static_cast<unsigned>(type) & 1u) != 0; }
};

// In the order in which RabbitMQ looks at values: the first fault is the one reported. The type
// itself, x-queue-type, comes first. Arguments that are not here have no rules and no effect.
std::span<const ArgumentRule> queue_argument_rules();

// The same for the arguments of consumers.
std::span<const ArgumentRule> consumer_argument_rules();

}  // namespace warren::broker
