#pragma once
// The arguments that a queue may be declared with: which are known, of what type and in what range.
// RabbitMQ 4.3's rules and texts, but for arguments that worked before 4.3 and are refused there:
// x-queue-version 1, x-queue-master-locator and x-consumer-timeout are accepted.
#include <string_view>

#include "amqp091/field_table.h"
#include "broker/topology/topology_checks.h"

namespace warren::broker {

// Checks a new queue. The table must name the queue's type (see with_queue_type()).
Check check_queue_arguments(std::string_view vhost, std::string_view name,
                            const amqp091::FieldTable& arguments);

// Compares what a second declare asks for with what exists.
Check check_equivalent_arguments(const QueueRecord& queue, const amqp091::FieldTable& arguments);

// The arguments with x-queue-type added when absent, as RabbitMQ stores and lists them. The vhost's
// default type counts for queues that such a type can have: the durable ones that belong to all.
struct QueueShape {
    bool durable;
    bool exclusive;
    bool auto_delete;
};
amqp091::FieldTable with_queue_type(amqp091::FieldTable arguments, QueueShape shape,
                                    std::string_view vhost_default_type);

}  // namespace warren::broker
