#pragma once
// The arguments that a queue may be declared with: which are known, of what type and in what range
// (the rules themselves are in queue_argument_rules.h), and what else a type of queue insists on.
#include <string_view>

#include "amqp091/field_table.h"
#include "broker/queue/queue_type.h"
#include "broker/topology/topology_checks.h"

namespace warren::broker {

// What a queue is beside its name and arguments.
struct QueueShape {
    bool durable;
    bool exclusive;
    bool auto_delete;
};

// Checks a new queue. The table must name the queue's type (see with_queue_type()).
Check check_queue_arguments(std::string_view vhost, std::string_view name,
                            const amqp091::FieldTable& arguments);
// Checks what a consumer of the queue asks for.
Check check_consumer_arguments(const QueueRecord& queue, const amqp091::FieldTable& arguments);
// Quorum queues and streams are durable and belong to nobody. What RabbitMQ refuses only after
// that, when it creates a stream, is here too. The arguments have been checked.
Check check_queue_shape(std::string_view vhost, std::string_view name, QueueShape shape,
                        const amqp091::FieldTable& arguments);

// 406 if queues of this type cannot be named by the broker.
Check check_server_named(QueueType type);

// Compares what a second declare asks for with what exists.
Check check_equivalent_arguments(const QueueRecord& queue, const amqp091::FieldTable& arguments);

// The same where a quorum queue may be declared again as a classic one: less is compared.
Check check_relaxed_equivalence(const QueueRecord& queue, const amqp091::FieldTable& arguments);

// The arguments with x-queue-type added when absent, as RabbitMQ stores and lists them. The default
// type counts for queues that such a type can have: the durable ones that belong to all.
amqp091::FieldTable with_queue_type(amqp091::FieldTable arguments, QueueShape shape,
                                    std::string_view default_type);
// What the table names; classic if nothing or nonsense.
QueueType queue_type_in(const amqp091::FieldTable& arguments);

}  // namespace warren::broker
