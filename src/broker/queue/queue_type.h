#pragma once
// The types that a queue can be declared as (x-queue-type).
#include <cstdint>
#include <optional>
#include <string_view>

namespace warren::broker {

enum class QueueType : std::uint8_t { classic, quorum, stream };

// As listings and x-queue-type say it.
std::string_view name_of(QueueType type);
// RabbitMQ's names of modules ("rabbit_quorum_queue") are understood too, and "undefined" or
// nothing for the default. Nullopt: no such type.
std::optional<QueueType> queue_type_named(std::string_view name);
// The name that RabbitMQ's error texts use: "rabbit_quorum_queue".
std::string_view module_name_of(QueueType type);

}  // namespace warren::broker
