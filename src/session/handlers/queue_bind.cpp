// queue.bind (AMQP 0-9-1, section 1.7.2.3).
#include "broker/topology/topology_checks.h"
#include "session/handlers/binding.h"
#include "session/handlers/handlers.h"

namespace warren::session {

Handled handle(Channel& channel, const amqp091::QueueBind& method) {
    auto queue = expand_queue_name(channel, broker::without_line_breaks(method.queue));
    if (!queue) return fail(std::move(queue.error()));
    // With neither queue nor key the key is the queue's name.
    std::string key(method.routing_key);
    if (method.queue.empty() && key.empty()) key = *queue;
    return submit_binding<broker::Bind, amqp091::QueueBindOk>(
        channel,
        {broker::DestinationKind::queue, std::move(*queue),
         broker::without_line_breaks(method.exchange), std::move(key), method.arguments.decode()},
        method.nowait);
}

}  // namespace warren::session
