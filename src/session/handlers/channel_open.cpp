// channel.open on a channel that is open already (AMQP 0-9-1, section 1.5.2.1): the connection
// closes.
#include "session/handlers/handlers.h"
#include "session/handlers/support.h"

namespace warren::session {

Handled handle(Channel&, const amqp091::ChannelOpen&) {
    return refuse(amqp091::ReplyCode::channel_error, "second 'channel.open' seen");
}

}  // namespace warren::session
