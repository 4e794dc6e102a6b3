#pragma once
// Where a message goes: the queues reached through an exchange, through exchange-to-exchange
// bindings and alternate exchanges, each once.
//
// A Route is kept and reused by its caller (a channel), so that routing allocates nothing once it
// has grown. Its pointers are good until the next change of the Topology replica it was made on.
#include <cstdint>
#include <span>
#include <vector>

#include "broker/exchange/exchange_router.h"
#include "broker/topology/topology.h"

namespace warren::broker {

// Collects what the routers find; a destination that this routing has reached before is dropped.
class RouteCollector {
public:
    // Called by routers, once for each binding that matches.
    void add(const Destination& destination) {
        ++matches_;
        if (destination.route_mark == epoch_) return;
        destination.route_mark = epoch_;
        if (destination.kind == DestinationKind::queue)
            queues_.push_back(static_cast<const QueueRecord*>(&destination));
        else
            pending_.push_back(static_cast<const ExchangeRecord*>(&destination));
    }
    // The exchange remembers the message for later bindings (x-recent-history).
    void remember() { remember_ = true; }

protected:
    RouteCollector() = default;

    std::uint64_t epoch_ = 0;
    std::uint64_t matches_ = 0;
    bool remember_ = false;
    std::vector<const QueueRecord*> queues_;
    std::vector<const ExchangeRecord*> pending_;  // reached, not yet routed through
};

class Route : private RouteCollector {
public:
    // Those among them in which a copy waits before it goes on from an exchange of type
    // x-delayed-message.
    std::span<const QueueRecord* const> queues() const { return queues_; }
    // Exchanges of type x-recent-history that want to remember the message.
    std::span<const ExchangeRecord* const> remembering() const { return remembering_; }
    // False: the message is unroutable (mandatory messages are returned).
    bool reached_any() const { return !queues_.empty(); }

private:
    friend void route(const Topology& topology, const ExchangeRecord& exchange,
                      const RoutingInput& input, Route& out);

    void start(std::uint64_t epoch);
    void pass_through(const ExchangeRecord& exchange, const RoutingInput& input);
    void pass_through_default(const Vhost& vhost, const RoutingInput& input);
    void pass_to_alternate(const ExchangeRecord& exchange);

    std::vector<const ExchangeRecord*> remembering_;
};

// Whether an exchange of type x-message-deduplication can be reached from this exchange, or it is
// one: then messages are routed with a Deduplicator, at the home of those of the vhost.
bool passes_deduplication(const Topology& topology, const ExchangeRecord& exchange);

// The shard that routes them; the same after a restart.
ShardId deduplication_home(const Vhost& vhost, std::size_t shard_count);

// Replaces what `out` held before.
void route(const Topology& topology, const ExchangeRecord& exchange, const RoutingInput& input,
           Route& out);

// True when the way from this exchange depends on routing keys alone while Vhost::version() stays
// the same: then a channel may keep it. False where headers, hashes, chance, delays, histories
// or duplicates count.
bool depends_only_on_key(const Topology& topology, const ExchangeRecord& exchange);

}  // namespace warren::broker
