// Messages that the shard itself publishes: dead letters, delayed messages that are due, and
// replays of an exchange's history.
#include <algorithm>

#include "broker/dead_letter/dead_letter.h"
#include "broker/exchange/delayed_message.h"
#include "broker/exchange/exchange_types.h"
#include "broker/routing/route_message.h"
#include "cluster/shard_node.h"

namespace warren::cluster {

void ShardNode::dead_letter(const broker::QueueMachine& queue, broker::MessageRef message,
                            broker::DeathReason reason, std::uint64_t) {
    const auto& settings = queue.settings();
    if (!settings.dead_letter_exchange) return;
    auto letter =
        broker::make_dead_letter(*message, {.queue = queue.name(),
                                            .reason = reason,
                                            .time = now().wall,
                                            .exchange = *settings.dead_letter_exchange,
                                            .routing_key = settings.dead_letter_routing_key});
    // The target may be the very queue that is being called.
    defer([this, vhost = queue.vhost(), letter = std::move(letter)]() mutable {
        const std::string exchange(letter.message->exchange());
        republish(vhost, exchange, letter.message.share(), letter.extra_keys, letter.cycle_queues);
    });
}

void ShardNode::delay_passed(const broker::QueueMachine&, broker::MessageRef, std::uint64_t) {}

broker::RaftPlace ShardNode::propose(const broker::QueueMachine&, const broker::RaftPlace& last) {
    return {last.index + 1, 1};
}

void ShardNode::republish(const std::string& vhost_name, std::string_view exchange_name,
                          broker::MessageRef message, std::span<const std::string> extra_keys,
                          std::span<const std::string> excluded_queues) {
    const auto* vhost = topology_.find_vhost(vhost_name);
    const auto* exchange = vhost == nullptr ? nullptr : vhost->find_exchange(exchange_name);
    if (exchange == nullptr) return;
    broker::route_message(topology_, *exchange, *message, extra_keys, random_, route_);
    std::vector<broker::QueueAddress> targets;
    for (const auto* queue : route_.queues())
        if (std::ranges::find(excluded_queues, queue->name) == excluded_queues.end())
            targets.push_back({queue->id(), queue->shard});
    for (const auto& hop : route_.delayed())
        publish_later(hop.delay_ms, *hop.exchange, message.share(),
                      {extra_keys.begin(), extra_keys.end()});
    for (const auto* remembering : route_.remembering())
        remember(*remembering, message.share());
    for (const auto& target : targets)
        publish(target, message.share(), {});
}

void ShardNode::publish_later(std::uint64_t delay_ms, const broker::ExchangeRecord& exchange,
                              broker::MessageRef message, std::vector<std::string> extra_keys) {
    delayed_.add(now().instant.plus_ms(static_cast<std::int64_t>(delay_ms)),
                 {exchange.vhost->name, exchange.name, std::move(message), std::move(extra_keys)});
}

void ShardNode::release_delayed() {
    while (delayed_.has_due(now().instant)) {
        const DelayedMessage due = delayed_.take();
        republish(due.vhost, due.exchange, broker::with_delay_passed(*due.message), due.extra_keys,
                  {});
    }
}

void ShardNode::remember(const broker::ExchangeRecord& exchange, broker::MessageRef message) {
    dispatch(
        broker::MessageHistory::home_of(exchange.id(), outboxes_.size()),
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
    if (source.type != &broker::recent_history_exchange ||
        broker::MessageHistory::home_of(source.id(), outboxes_.size()) != home_.shard())
        return;
    const broker::Destination& to = *binding.destination;
    for (const auto& message : history_.messages_of(source.id())) {
        if (to.kind == broker::DestinationKind::exchange) {
            defer([this, vhost = to.vhost->name, exchange = to.name,
                   message = message.share()]() mutable {
                republish(vhost, exchange, std::move(message), {}, {});
            });
            continue;
        }
        const auto& queue = static_cast<const broker::QueueRecord&>(to);
        defer([this, address = broker::QueueAddress{queue.id(), queue.shard},
               message = message.share()]() mutable { publish(address, std::move(message), {}); });
    }
}

}  // namespace warren::cluster
