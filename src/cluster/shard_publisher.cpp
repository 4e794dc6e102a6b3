#include "cluster/shard_publisher.h"

#include <algorithm>

#include "broker/routing/route_message.h"
#include "broker/topology/topology.h"

namespace warren::cluster {

using broker::LetterOutcome;

void ShardPublisher::publish_posted() {
    // A queue that is published to may post further ones; these have their turn.
    for (Outgoing& message : std::exchange(outgoing_, {}))
        publish(std::move(message), nullptr);
}

void ShardPublisher::publish(Outgoing&& message, broker::Deduplicator* deduplicator) {
    const auto& topology = shard_.topology();
    const auto* vhost = topology.find_vhost(message.vhost);
    const auto* exchange = vhost == nullptr ? nullptr : vhost->find_exchange(message.exchange);
    if (exchange != nullptr && deduplicator == nullptr &&
        broker::passes_deduplication(topology, *exchange))
        return pass_to_deduplication(std::move(message), *exchange);
    targets_.clear();
    if (exchange != nullptr) find_targets(message, *exchange, deduplicator);
    if (targets_.empty()) {
        if (message.source.position != 0)
            done_.emplace_back(message.source, LetterOutcome::unroutable);
        return;
    }
    const broker::ConfirmTicket ticket = ticket_for(message.source, targets_.size());
    for (std::size_t i = 0; i + 1 < targets_.size(); ++i)
        shard_.publish(targets_[i], message.message.share(), ticket);
    shard_.publish(targets_.back(), std::move(message.message), ticket);
}

broker::ConfirmTicket ShardPublisher::ticket_for(const Source& source, std::size_t confirms) {
    if (source.position == 0) return {};
    return {connection_, {}, waiting_.push_back({source, static_cast<std::uint32_t>(confirms)})};
}

void ShardPublisher::pass_to_deduplication(Outgoing&& message,
                                           const broker::ExchangeRecord& exchange) {
    broker::DeduplicatedPublish passed;
    passed.vhost = std::move(message.vhost);
    passed.exchange = std::move(message.exchange);
    passed.exchange_number = exchange.number;
    passed.message = std::move(message.message);
    passed.extra_keys = std::move(message.extra_keys);
    passed.excluded_queues = std::move(message.excluded_queues);
    passed.ticket = ticket_for(message.source, 1);
    shard_.publish_deduplicated(*exchange.vhost, std::move(passed));
}

void ShardPublisher::find_targets(const Outgoing& message, const broker::ExchangeRecord& exchange,
                                  broker::Deduplicator* deduplicator) {
    broker::route_message(shard_.topology(), exchange, *message.message, message.extra_keys,
                          shard_.random(), route_, deduplicator);
    const auto& excluded = message.excluded_queues;
    for (const auto* queue : route_.queues())
        if (std::ranges::find(excluded, queue->name) == excluded.end())
            targets_.push_back({queue->id(), queue->shard});
    for (const auto* remembering : route_.remembering())
        shard_.remember(*remembering, message.message.share());
}

void ShardPublisher::settle(const broker::Confirm& confirm) {
    complete_.clear();
    waiting_.for_each_in(confirm.first.sequence, confirm.last,
                         [&](std::uint64_t sequence, Waiting& waiting) {
                             waiting.refused |= !confirm.accepted;
                             // The map takes one with none remaining for vacant.
                             if (waiting.remaining > 1)
                                 --waiting.remaining;
                             else
                                 complete_.push_back(sequence);
                         });
    for (const std::uint64_t sequence : complete_) {
        const Waiting waiting = waiting_.take(sequence);
        done_.emplace_back(waiting.source,
                           waiting.refused ? LetterOutcome::refused : LetterOutcome::safe);
    }
}

}  // namespace warren::cluster
