// Messages that the shard itself publishes: dead letters, delayed messages that are due, and
// replays of an exchange's history.
#include "broker/dead_letter/dead_letter.h"
#include "broker/delay/delay_header.h"
#include "broker/exchange/exchange_types.h"
#include "broker/routing/route_message.h"
#include "cluster/shard_node.h"

namespace warren::cluster {

void ShardNode::dead_letter(const broker::QueueMachine& queue, broker::MessageRef message,
                            broker::DeathReason reason, std::uint64_t position) {
    const auto& settings = queue.settings();
    if (!settings.dead_letter_exchange) return;
    auto letter =
        broker::make_dead_letter(*message, {.queue = queue.name(),
                                            .reason = reason,
                                            .time = now().wall,
                                            .exchange = *settings.dead_letter_exchange,
                                            .routing_key = settings.dead_letter_routing_key});
    // Later: the target may be the very queue that is being called.
    publisher_.post({.vhost = queue.vhost(),
                     .exchange = *settings.dead_letter_exchange,
                     .message = std::move(letter.message),
                     .extra_keys = std::move(letter.extra_keys),
                     .excluded_queues = std::move(letter.cycle_queues),
                     .source = {queue.id(), position}});
}

void ShardNode::count_given_up(const broker::QueueMachine& queue) {
    ++queue_counts_.given_up[static_cast<std::size_t>(broker::strategy_of(queue.settings()))];
}

void ShardNode::count_letter_confirmed(const broker::QueueMachine&) {
    ++queue_counts_.letters_confirmed;
}

void ShardNode::tell_letters_done() {
    publisher_.tell_done(
        [this](const ShardPublisher::Source& source, broker::LetterOutcome outcome) {
            if (source.queue == DeduplicationDesk::source_number)
                deduplication_.done(source.position, outcome);
            else if (broker::QueueMachine* queue = queues_.find(source.queue))
                queue->letter_done(source.position, outcome);
        });
}

void ShardNode::delay_passed(const broker::QueueMachine& queue, broker::MessageRef message,
                             std::uint64_t position) {
    publisher_.post({.vhost = queue.vhost(),
                     .exchange = *queue.settings().delayed_exchange,
                     .message = broker::with_delay_passed(*message),
                     .extra_keys = broker::extra_keys_of(*message),
                     .excluded_queues = {},
                     .source = {queue.id(), position}});
}

void ShardNode::remember(const broker::ExchangeRecord& exchange, broker::MessageRef message) {
    dispatch(
        broker::MessageHistory::home_of(exchange.id(), shard_count()),
        RememberMessage{exchange.number, exchange.vhost->name, exchange.name, std::move(message)});
}

void ShardNode::handle(RememberMessage&& message) {
    const auto* vhost = topology_.find_vhost(message.vhost);
    const auto* exchange = vhost == nullptr ? nullptr : vhost->find_exchange(message.exchange);
    if (exchange != nullptr && exchange->number == message.exchange_number)
        history_.remember(*exchange, std::move(message.message));
}

void ShardNode::binding_created(const broker::Binding& binding) {
    const broker::ExchangeRecord& source = *binding.source;
    if (&broker::routing_type(source) != &broker::recent_history_exchange ||
        broker::MessageHistory::home_of(source.id(), shard_count()) != home_.shard())
        return;
    const broker::Destination& to = *binding.destination;
    for (const auto& message : history_.messages_of(source.id())) {
        if (to.kind == broker::DestinationKind::exchange) {
            publisher_.post({.vhost = to.vhost->name,
                             .exchange = to.name,
                             .message = message.share(),
                             .extra_keys = {},
                             .excluded_queues = {},
                             .source = {}});
            continue;
        }
        const auto& queue = static_cast<const broker::QueueRecord&>(to);
        defer([this, address = broker::QueueAddress{queue.id(), queue.shard},
               message = message.share()]() mutable { publish(address, std::move(message), {}); });
    }
}

}  // namespace warren::cluster
