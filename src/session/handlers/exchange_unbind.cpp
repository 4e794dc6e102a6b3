// exchange.unbind: RabbitMQ's extension. A missing binding counts as taken away.
#include "broker/topology/topology_checks.h"
#include "session/handlers/binding.h"
#include "session/handlers/handlers.h"

namespace warren::session {

Handled handle(Channel& channel, const amqp091::ExchangeUnbind& method) {
    return submit_binding<broker::Unbind, amqp091::ExchangeUnbindOk>(
        channel,
        {broker::DestinationKind::exchange, broker::without_line_breaks(method.destination),
         broker::without_line_breaks(method.source), std::string(method.routing_key),
         method.arguments.decode()},
        method.nowait);
}

}  // namespace warren::session
