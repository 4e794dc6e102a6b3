// access.request of AMQP 0-8: old clients ask for a ticket and send it with every method; tickets
// mean nothing any more.
#include "session/channel.h"
#include "session/handlers/handlers.h"

namespace warren::session {

Handled handle(Channel& channel, const amqp091::AccessRequest&) {
    channel.send(amqp091::AccessRequestOk{.ticket = 1});
    return {};
}

}  // namespace warren::session
