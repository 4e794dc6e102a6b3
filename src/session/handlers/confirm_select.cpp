// confirm.select: RabbitMQ's publisher confirms, from the next message on.
#include "session/channel.h"
#include "session/handlers/handlers.h"
#include "session/handlers/support.h"

namespace warren::session {

Handled handle(Channel& channel, const amqp091::ConfirmSelect& method) {
    if (channel.transaction() != nullptr)
        return refuse(amqp091::ReplyCode::precondition_failed,
                      "cannot switch from tx to confirm mode");
    channel.publisher().start_confirms();
    if (!method.nowait) channel.send(amqp091::ConfirmSelectOk{});
    return {};
}

}  // namespace warren::session
