// basic.publish (AMQP 0-9-1, section 1.8.3.7): only the start; the checks come with the whole
// content (publisher.cpp).
#include "session/channel.h"
#include "session/handlers/handlers.h"
#include "session/handlers/support.h"

namespace warren::session {

Handled handle(Channel& channel, const amqp091::BasicPublish& method) {
    if (method.immediate) return refuse(amqp091::ReplyCode::not_implemented, "immediate=true");
    // Exchange and routing key lie one behind the other on the wire, each after its length.
    const auto* start = reinterpret_cast<const std::byte*>(method.exchange.data()) - 1;
    const std::size_t bytes = 2 + method.exchange.size() + method.routing_key.size();
    channel.publisher().assembler().begin({start, bytes}, method.mandatory);
    channel.connection().note_incomplete_content(channel);
    return {};
}

}  // namespace warren::session
