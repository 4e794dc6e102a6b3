#include "broker/routing/route.h"

#include "amqp091/content_header.h"
#include "base/prng.h"
#include "broker/deduplication/deduplicator.h"
#include "broker/delay/delay_header.h"
#include "broker/exchange/exchange_types.h"
#include "broker/topology/effective_settings.h"

namespace warren::broker {

namespace {

// The message is to wait at this exchange before it is routed from there.
bool is_held(const ExchangeRecord& exchange, const RoutingInput& input) {
    return exchange.delay_queue != nullptr && asks_for_delay(input.header->headers());
}

// Duplicates go nowhere from here, but for the alternate exchange: as what is bound to nothing.
bool is_duplicate(const ExchangeRecord& exchange, const RoutingInput& input) {
    return &routing_type(exchange) == &message_deduplication_exchange &&
           input.deduplicator->is_duplicate(exchange, *input.header);
}

}  // namespace

void Route::start(std::uint64_t epoch) {
    epoch_ = epoch;
    queues_.clear();
    pending_.clear();
    remembering_.clear();
}

void Route::pass_through(const ExchangeRecord& exchange, const RoutingInput& input) {
    if (exchange.is_default()) return pass_through_default(*exchange.vhost, input);
    if (is_held(exchange, input)) return queues_.push_back(exchange.delay_queue);
    matches_ = 0;
    remember_ = false;
    if (input.deduplicator == nullptr || !is_duplicate(exchange, input))
        exchange.router->route(input, *this);
    if (remember_) remembering_.push_back(&exchange);
    if (matches_ == 0) pass_to_alternate(exchange);
}

void Route::pass_to_alternate(const ExchangeRecord& exchange) {
    const std::string* name = alternate_exchange_of(exchange);
    if (name == nullptr) return;
    if (const auto* alternate = exchange.vhost->find_exchange(*name)) add(*alternate);
}

// Every queue is bound to the default exchange by its name, without there being a binding; but for
// those that belong to an exchange.
void Route::pass_through_default(const Vhost& vhost, const RoutingInput& input) {
    for_each_key(input, [&](std::string_view key) {
        const QueueRecord* queue = vhost.find_queue(key);
        if (queue != nullptr && !queue->is_delay_queue()) add(*queue);
    });
}

void route(const Topology& topology, const ExchangeRecord& exchange, const RoutingInput& input,
           Route& out) {
    out.start(topology.next_route_epoch());
    exchange.route_mark = out.epoch_;
    out.pass_through(exchange, input);
    while (!out.pending_.empty()) {
        const ExchangeRecord* next = out.pending_.back();
        out.pending_.pop_back();
        out.pass_through(*next, input);
    }
}

namespace {

// Visits all exchanges that can be reached from `first`, and itself, until visit() says false. True
// if it never did.
template <typename Visitor>
bool walk(const Topology& topology, const ExchangeRecord& first, Visitor&& visit) {
    const std::uint64_t epoch = topology.next_route_epoch();
    std::vector<const ExchangeRecord*> pending;
    const auto reach = [&](const Destination& destination) {
        if (destination.kind != DestinationKind::exchange || destination.route_mark == epoch)
            return;
        destination.route_mark = epoch;
        pending.push_back(static_cast<const ExchangeRecord*>(&destination));
    };
    reach(first);
    while (!pending.empty()) {
        const ExchangeRecord& exchange = *pending.back();
        pending.pop_back();
        if (exchange.is_default()) continue;
        if (!visit(exchange)) return false;
        if (exchange.exchange_destinations != 0)
            for (const Binding* binding : exchange.outbound)
                reach(*binding->destination);
        const std::string* name = alternate_exchange_of(exchange);
        if (name == nullptr) continue;
        if (const auto* alternate = exchange.vhost->find_exchange(*name)) reach(*alternate);
    }
    return true;
}

}  // namespace

bool depends_only_on_key(const Topology& topology, const ExchangeRecord& exchange) {
    const std::uint64_t version = exchange.vhost->version();
    if (exchange.key_only_version != version) {
        exchange.key_only = walk(topology, exchange, [](const ExchangeRecord& reached) {
            return reached.delay_queue == nullptr && reached.router->depends_only_on_key();
        });
        exchange.key_only_version = version;
    }
    return exchange.key_only;
}

bool passes_deduplication(const Topology& topology, const ExchangeRecord& exchange) {
    if (exchange.vhost->deduplicating_exchanges == 0) return false;
    const std::uint64_t version = exchange.vhost->version();
    if (exchange.deduplicates_version != version) {
        exchange.deduplicates = !walk(topology, exchange, [](const ExchangeRecord& reached) {
            return &routing_type(reached) != &message_deduplication_exchange;
        });
        exchange.deduplicates_version = version;
    }
    return exchange.deduplicates;
}

// By the number of the vhost's default exchange: every vhost has one, and it is never used again.
ShardId deduplication_home(const Vhost& vhost, std::size_t shard_count) {
    Prng mixed(vhost.find_exchange("")->number);
    return {static_cast<std::uint16_t>(mixed.below(shard_count))};
}

}  // namespace warren::broker
