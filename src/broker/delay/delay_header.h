#pragma once
// How a message asks an exchange of type x-delayed-message to hold it, in its headers:
//
//   x-delay              milliseconds, any number or its digits as text. It is negated when the
//                        time has passed, so that consumers can tell and no further such exchange
//                        holds the message again.
//   x-opt-delivery-time  if there is no x-delay: when the message is to be delivered, a timestamp
//                        or milliseconds since 1970. The message goes on with an x-delay of 0.
//
// Nothing waits longer than limits::delay_ms_max. A delay that is no number counts as none.
#include "amqp091/table_view.h"
#include "base/clock.h"
#include "broker/message.h"

namespace warren::broker {

// The message is to wait; perhaps for no time, if the time that it asks for has come already.
bool asks_for_delay(amqp091::TableView headers);

// When the message that has arrived by now is due. Never early, also if the time goes to disk and
// comes back.
Instant due_time(const Message& message, const Now& now);

// The message as it goes on after its delay.
MessageRef with_delay_passed(const Message& message);

}  // namespace warren::broker
