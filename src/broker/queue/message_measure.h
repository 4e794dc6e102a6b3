#pragma once
// What a message counts for in a queue: its priority level and its size. Quorum queues measure in
// another way than classic ones.
#include <algorithm>
#include <cstdint>

#include "amqp091/content_header.h"
#include "broker/message.h"
#include "broker/queue/queue_settings.h"

namespace warren::broker {

class MessageMeasure {
public:
    explicit MessageMeasure(const QueueSettings& settings)
        : is_quorum_(settings.type == QueueType::quorum), level_max_(settings.priority_max) {}

    // RabbitMQ: to a quorum queue no priority is not the lowest one.
    std::uint8_t level_of(const Message& message) const {
        const std::uint8_t priority = message.traits().priority;
        if (priority == 0 && is_quorum_ && !has_priority(message)) return quorum_level_default;
        return std::min(priority, level_max_);
    }
    // What length limits and byte counts see: in a quorum queue the encoded properties too.
    std::uint32_t bytes_of(const Message& message) const {
        const std::size_t properties =
            is_quorum_ ? message.header().size() - amqp091::ContentHeader::preamble_bytes : 0;
        return static_cast<std::uint32_t>(message.body_bytes() + properties);
    }

private:
    static constexpr std::uint8_t quorum_level_default = 4;

    static bool has_priority(const Message& message) {
        const auto flags = load_big_endian<std::uint16_t>(message.header().data() +
                                                          amqp091::ContentHeader::preamble_bytes);
        return (flags & amqp091::ContentHeader::flag_bit(amqp091::Property::priority)) != 0;
    }

    bool is_quorum_;
    std::uint8_t level_max_;
};

}  // namespace warren::broker
