// basic.reject (AMQP 0-9-1, section 1.8.3.14): without requeue the message is dead-lettered or
// dropped. With it, RabbitMQ's quorum queues count a failed delivery, which they do not for
// basic.nack.
#include "session/channel.h"
#include "session/handlers/handlers.h"

namespace warren::session {

Handled handle(Channel& channel, const amqp091::BasicReject& method) {
    return channel.settle(
        {method.delivery_tag}, false,
        method.requeue ? broker::Settlement::fail : broker::Settlement::reject);
}

}  // namespace warren::session
