// basic.qos (AMQP 0-9-1, section 1.8.3.1) with RabbitMQ's meaning of global: false is for each
// consumer to come, true is one limit for all consumers of the channel.
#include <fmt/format.h>

#include "session/channel.h"
#include "session/handlers/handlers.h"
#include "session/handlers/support.h"

namespace warren::session {

Handled handle(Channel& channel, const amqp091::BasicQos& method) {
    if (method.prefetch_size != 0)
        return refuse(amqp091::ReplyCode::not_implemented,
                      fmt::format("prefetch_size!=0 ({})", method.prefetch_size));
    if (method.global)
        channel.prefetch_limit().set(method.prefetch_count);
    else
        channel.consumer_prefetch = method.prefetch_count;
    channel.send(amqp091::BasicQosOk{});
    channel.connection().request_attention();
    return {};
}

}  // namespace warren::session
