#pragma once
// Where a message would go, and why: the way of route(), step by step, for people who wonder.
// Slower than routing, and nothing is remembered by any exchange.
#include <vector>

#include "broker/exchange/exchange_router.h"
#include "broker/topology/topology.h"

namespace warren::broker {

// What one exchange does with the message. Pointers are good until the topology changes.
struct RouteStep {
    enum class Cause : std::uint8_t { published, binding, alternate };

    const ExchangeRecord* exchange = nullptr;
    Cause cause = Cause::published;
    const ExchangeRecord* from = nullptr;  // the exchange that led here; null: published here
    // Of each destination that it goes to, the bindings that led there. An exchange that chooses
    // among its bindings (by a hash, by chance) has those to the destination it would choose now.
    std::vector<const Binding*> matched{};
    std::vector<const QueueRecord*> by_name{};  // of the default exchange, which has none
    bool held = false;  // it waits here (x-delayed-message) before it goes on
    // Nothing matched, and it goes here; null: it goes nowhere from here.
    const ExchangeRecord* alternate = nullptr;
};

std::vector<RouteStep> explain_route(const Topology& topology, const ExchangeRecord& exchange,
                                     const RoutingInput& input);

}  // namespace warren::broker
