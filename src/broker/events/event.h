#pragma once
// Something that has happened on the node, as RabbitMQ's event exchange tells it: a routing key
// such as "queue.created", and headers.
#include <string>
#include <string_view>

#include "amqp091/field_table.h"

namespace warren::broker {

inline constexpr std::string_view event_exchange = "amq.rabbitmq.event";

struct Event {
    std::string key;
    amqp091::FieldTable headers;
};

}  // namespace warren::broker
