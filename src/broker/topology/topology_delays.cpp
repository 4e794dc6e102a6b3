// The queues of delayed exchanges. They follow from the exchanges: a log of commands that was
// written before there were any means the same as one written since, because the queue of an
// exchange takes no number of its own.
#include <fmt/format.h>

#include "base/limits.h"
#include "broker/exchange/exchange_types.h"
#include "broker/topology/topology.h"

namespace warren::broker {

namespace {

// Names of exchanges may be as long as names can be, and a name that begins like this may be taken
// (definitions say what they like).
std::string delay_queue_name(const ExchangeRecord& exchange) {
    std::string name = "amq.delayed." + exchange.name;
    if (name.size() > limits::short_string_bytes_max)
        name = fmt::format("amq.delayed.#{}", exchange.number);
    while (exchange.vhost->find_queue(name) != nullptr)
        name = fmt::format("{}#{}", name, exchange.number);
    return name;
}

}  // namespace

void Topology::add_delay_queue(ExchangeRecord& exchange, TopologyObserver& observer) {
    Vhost& vhost = *exchange.vhost;
    auto record =
        std::make_unique<QueueRecord>(QueueId{exchange.number}, vhost, delay_queue_name(exchange));
    QueueRecord& queue = *record;
    queue.durable = exchange.durable;
    queue.shard = {static_cast<std::uint16_t>(exchange.number % shard_count_)};
    queue.arguments = arguments_.share({});
    queue.user = exchange.user;
    queue.delays_for = &exchange;
    exchange.delay_queue = &queue;
    ++vhost.delay_queues;
    vhost.queues.insert(std::move(record));
    queues_.emplace(queue.id(), &queue);
    routing_changed(vhost);
    observer.queue_created(queue);
}

}  // namespace warren::broker
