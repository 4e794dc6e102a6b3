// basic.ack (AMQP 0-9-1, section 1.8.3.13): tag 0 with multiple means all.
#include "session/channel.h"
#include "session/handlers/handlers.h"

namespace warren::session {

Handled handle(Channel& channel, const amqp091::BasicAck& method) {
    return channel.settle({method.delivery_tag}, method.multiple, broker::Settlement::ack);
}

}  // namespace warren::session
