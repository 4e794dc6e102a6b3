// channel.close: what the channel holds goes back to the queues, its number becomes free.
#include "session/channel.h"
#include "session/handlers/handlers.h"

namespace warren::session {

Handled handle(Channel& channel, const amqp091::ChannelClose&) {
    Connection& connection = channel.connection();
    const ChannelId id = channel.id();
    // Confirms that are due leave before the close is answered.
    channel.flush();
    channel.send(amqp091::ChannelCloseOk{});
    connection.remove_channel(id);
    return {};
}

}  // namespace warren::session
