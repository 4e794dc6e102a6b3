#pragma once
// Delays asked for by messages to exchanges of type x-delayed-message: the header x-delay, in
// milliseconds. When the time has passed the message goes on with the header negated, so that
// consumers can tell and no further such exchange holds it again.
#include <cstdint>

#include "amqp091/table_view.h"
#include "broker/message.h"

namespace warren::broker {

// 0: not to be delayed. Negative delays and such that exceed 2^32-1 ms count as none, as in the
// plugin that RabbitMQ's users know.
std::uint64_t delay_ms(amqp091::TableView headers);

// The message as it goes on after its delay.
MessageRef with_delay_passed(const Message& message);

}  // namespace warren::broker
