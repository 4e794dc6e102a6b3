// queue.unbind (AMQP 0-9-1, section 1.7.2.5). A missing binding counts as taken away; there is no
// nowait.
#include "broker/topology/topology_checks.h"
#include "session/handlers/binding.h"
#include "session/handlers/handlers.h"

namespace warren::session {

Handled handle(Channel& channel, const amqp091::QueueUnbind& method) {
    auto queue = expand_queue_name(channel, broker::without_line_breaks(method.queue));
    if (!queue) return fail(std::move(queue.error()));
    std::string key(method.routing_key);
    if (method.queue.empty() && key.empty()) key = *queue;
    return submit_binding<broker::Unbind, amqp091::QueueUnbindOk>(
        channel,
        {broker::DestinationKind::queue, std::move(*queue),
         broker::without_line_breaks(method.exchange), std::move(key), method.arguments.decode()},
        false);
}

}  // namespace warren::session
