// basic.recover and the older basic.recover-async: everything unacknowledged on the channel goes
// back to its queues.
#include "session/channel.h"
#include "session/handlers/handlers.h"
#include "session/handlers/support.h"

namespace warren::session {

namespace {

Handled recover(Channel& channel, bool requeue) {
    if (!requeue) return refuse(amqp091::ReplyCode::not_implemented, "requeue=false");
    channel.requeue_all();
    return {};
}

}  // namespace

Handled handle(Channel& channel, const amqp091::BasicRecover& method) {
    auto recovered = recover(channel, method.requeue);
    if (recovered) channel.send(amqp091::BasicRecoverOk{});
    return recovered;
}

Handled handle(Channel& channel, const amqp091::BasicRecoverAsync& method) {
    return recover(channel, method.requeue);
}

}  // namespace warren::session
