// basic.cancel (AMQP 0-9-1, section 1.8.3.5). An unknown tag is answered all the same; deliveries
// on their way come before the answer, and stay to be acknowledged.
#include "session/channel.h"
#include "session/handlers/handlers.h"

namespace warren::session {

Handled handle(Channel& channel, const amqp091::BasicCancel& method) {
    std::string tag(method.consumer_tag);
    channel.cancel_consumer(method.consumer_tag, [&channel, tag, nowait = method.nowait] {
        if (!nowait) channel.send(amqp091::BasicCancelOk{.consumer_tag = tag});
    });
    return {};
}

}  // namespace warren::session
