#pragma once
// How one exchange finds the destinations of a message. One kind of exchange is one file beside
// this one; exchange_types.h lists them all.
//
// A router belongs to an ExchangeRecord of one Topology replica. It sees each binding of its
// exchange once in add() and once in remove(), and may keep its place in the binding's router_slot
// and router_place. route() only reads and does not allocate once its collector has grown.
#include <cstdint>
#include <span>
#include <string_view>

#include "amqp091/fwd.h"
#include "base/prng.h"

namespace warren::broker {

struct Binding;
class Deduplicator;
class RouteCollector;

// What a message offers to be routed by.
struct RoutingInput {
    std::string_view routing_key;
    std::span<const std::string_view> extra_keys;  // from the headers CC and BCC
    // Both are never null, but where the way depends on keys alone.
    const amqp091::ContentHeader* header = nullptr;
    Prng* random = nullptr;
    Deduplicator* deduplicator = nullptr;  // null: nothing is a duplicate
};

class ExchangeRouter {
public:
    virtual ~ExchangeRouter() = default;

    virtual void add(Binding& binding) = 0;
    virtual void remove(Binding& binding) = 0;
    virtual void route(const RoutingInput& input, RouteCollector& out) const = 0;
    // Whether two messages with the same routing keys always take the same way, as long as nothing
    // is bound or unbound.
    virtual bool depends_only_on_key() const { return true; }
};

// Calls visit(key) for the routing key and then for each extra key.
template <typename Visitor>
void for_each_key(const RoutingInput& input, Visitor&& visit) {
    visit(input.routing_key);
    for (std::string_view key : input.extra_keys)
        visit(key);
}

}  // namespace warren::broker
