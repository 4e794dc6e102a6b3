#include "broker/routing/explain_route.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <set>

#include "amqp091/content_header.h"
#include "broker/delay/delay_header.h"
#include "broker/routing/route.h"
#include "broker/topology/effective_settings.h"

namespace warren::broker {

namespace {

// What one router finds, once each.
class Found final : public RouteCollector {
public:
    explicit Found(const Topology& topology) { epoch_ = topology.next_route_epoch(); }

    bool any() const { return matches_ != 0; }
    bool has(const Destination& destination) const { return destination.route_mark == epoch_; }
};

// A binding matches if an exchange of its kind that had no other would send the message there.
bool matches(const Topology& topology, const Binding& binding, const RoutingInput& input) {
    const auto router = routing_type(*binding.source).make_router(*binding.source->arguments);
    Binding alone;
    alone.source = binding.source;
    alone.destination = binding.destination;
    alone.key = binding.key;
    alone.arguments = binding.arguments;
    alone.made_at = binding.made_at;
    router->add(alone);
    Found found(topology);
    router->route(input, found);
    const bool any = found.any();
    router->remove(alone);
    return any;
}

class Explaining {
public:
    Explaining(const Topology& topology, const RoutingInput& input)
        : topology_(topology), input_(input) {}

    std::vector<RouteStep> run(const ExchangeRecord& first) {
        reach({.exchange = &first});
        while (!pending_.empty()) {
            RouteStep step = std::move(pending_.front());
            pending_.pop_front();
            take(step);
            steps_.push_back(std::move(step));
        }
        return std::move(steps_);
    }

private:
    void reach(RouteStep step) {
        if (reached_.insert(step.exchange).second) pending_.push_back(std::move(step));
    }

    void take(RouteStep& step) {
        const ExchangeRecord& exchange = *step.exchange;
        if (exchange.is_default()) return take_default(step);
        step.held = exchange.delay_queue != nullptr && asks_for_delay(input_.header->headers());
        Found found(topology_);
        exchange.router->route(input_, found);
        std::vector<const Binding*> candidates;
        for (const Binding* binding : exchange.outbound)
            if (found.has(*binding->destination)) candidates.push_back(binding);
        std::ranges::sort(candidates, {}, &Binding::made_at);
        for (const Binding* binding : candidates)
            if (matches(topology_, *binding, input_)) step.matched.push_back(binding);
        for (const Binding* binding : step.matched)
            if (binding->destination->kind == DestinationKind::exchange)
                reach({.exchange = static_cast<const ExchangeRecord*>(binding->destination),
                       .cause = RouteStep::Cause::binding,
                       .from = &exchange});
        if (!found.any()) take_alternate(step);
    }

    void take_default(RouteStep& step) {
        for_each_key(input_, [&](std::string_view key) {
            const QueueRecord* queue = step.exchange->vhost->find_queue(key);
            if (queue != nullptr && !queue->is_delay_queue()) step.by_name.push_back(queue);
        });
    }

    void take_alternate(RouteStep& step) {
        const std::string* name = alternate_exchange_of(*step.exchange);
        if (name == nullptr) return;
        step.alternate = step.exchange->vhost->find_exchange(*name);
        if (step.alternate != nullptr)
            reach({.exchange = step.alternate,
                   .cause = RouteStep::Cause::alternate,
                   .from = step.exchange});
    }

    const Topology& topology_;
    const RoutingInput& input_;
    std::set<const ExchangeRecord*> reached_;
    std::deque<RouteStep> pending_;
    std::vector<RouteStep> steps_;
};

}  // namespace

std::vector<RouteStep> explain_route(const Topology& topology, const ExchangeRecord& exchange,
                                     const RoutingInput& input) {
    return Explaining(topology, input).run(exchange);
}

}  // namespace warren::broker
