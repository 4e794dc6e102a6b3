// channel.flow: RabbitMQ answers active=true and refuses to stop; clients use prefetch instead.
#include "session/channel.h"
#include "session/handlers/handlers.h"
#include "session/handlers/support.h"

namespace warren::session {

Handled handle(Channel& channel, const amqp091::ChannelFlow& method) {
    if (!method.active) return refuse(amqp091::ReplyCode::not_implemented, "active=false");
    channel.send(amqp091::ChannelFlowOk{.active = true});
    return {};
}

}  // namespace warren::session
