// basic.nack: RabbitMQ's extension of basic.reject to many deliveries.
#include "session/channel.h"
#include "session/handlers/handlers.h"

namespace warren::session {

Handled handle(Channel& channel, const amqp091::BasicNack& method) {
    return channel.settle(
        {method.delivery_tag}, method.multiple,
        method.requeue ? broker::Settlement::requeue : broker::Settlement::reject);
}

}  // namespace warren::session
