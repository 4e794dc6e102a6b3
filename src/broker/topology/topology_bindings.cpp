// Bindings: adding, removing, and what goes with them.
#include "base/ensure.h"
#include "broker/exchange/exchange_types.h"
#include "broker/topology/topology.h"
#include "broker/topology/topology_checks.h"

namespace warren::broker {

namespace {

template <typename Command>
Check check_ends_are_not_default(const Command& command) {
    if (command.destination_kind == DestinationKind::exchange)
        if (Check c = check_not_default_exchange(command.destination); !c) return c;
    return check_not_default_exchange(command.source);
}

Check check_open_to(const Destination& destination, ConnectionId connection) {
    if (destination.kind == DestinationKind::exchange) return {};
    return check_open_to(static_cast<const QueueRecord&>(destination), connection);
}

}  // namespace

template <typename Command>
Topology::Endpoints Topology::endpoints_of(const Command& command) {
    Endpoints ends{.vhost = vhost_named(command.vhost)};
    if (ends.vhost == nullptr) return ends;
    const auto exchange_named = [&](std::string_view name) -> ExchangeRecord* {
        auto found = ends.vhost->exchanges.find(name);
        return found == ends.vhost->exchanges.end() ? nullptr : found->get();
    };
    ends.source = exchange_named(command.source);
    if (command.destination_kind == DestinationKind::exchange) {
        ends.destination = exchange_named(command.destination);
    } else if (auto found = ends.vhost->queues.find(std::string_view(command.destination));
               found != ends.vhost->queues.end()) {
        ends.destination = found->get();
    }
    return ends;
}

Topology::Answer Topology::perform(const Bind& command, TopologyObserver& observer) {
    if (Check c = check_ends_are_not_default(command); !c) return fail(c.error());
    const Endpoints ends = endpoints_of(command);
    if (ends.vhost == nullptr) return fail(no_such_vhost(command.vhost));
    if (ends.source == nullptr) return fail(no_such_exchange(command.vhost, command.source));
    if (ends.destination == nullptr)
        return fail(command.destination_kind == DestinationKind::queue
                        ? no_such_queue(command.vhost, command.destination)
                        : no_such_exchange(command.vhost, command.destination));
    if (command.destination_kind == DestinationKind::queue)
        if (Check c = check_no_delay_queue(static_cast<const QueueRecord&>(*ends.destination)); !c)
            return fail(c.error());
    if (const auto check = ends.source->type->check_binding)
        if (Check c = check(command.routing_key, command.arguments, *ends.destination,
                            *ends.source->arguments);
            !c)
            return fail(c.error());
    if (Check c = check_open_to(*ends.destination, command.connection); !c) return fail(c.error());

    amqp091::FieldTable sorted = command.arguments;
    sorted.sort_by_name();
    SharedArguments arguments = arguments_.share(std::move(sorted));
    if (ends.vhost->bindings.contains(
            BindingIdentity{ends.source, ends.destination, command.routing_key, arguments.get()}))
        return TopologyResult{.outcome = Outcome::unchanged};
    add_binding(ends, command.routing_key, std::move(arguments), observer);
    return TopologyResult{};
}

// As RabbitMQ since 3.2: nothing to unbind is no error, whichever part of it is missing.
Topology::Answer Topology::perform(const Unbind& command, TopologyObserver& observer) {
    constexpr TopologyResult unchanged{.outcome = Outcome::unchanged};
    if (Check c = check_ends_are_not_default(command); !c) return fail(c.error());
    const Endpoints ends = endpoints_of(command);
    if (ends.source == nullptr || ends.destination == nullptr) return unchanged;
    amqp091::FieldTable sorted = command.arguments;
    sorted.sort_by_name();
    const SharedArguments arguments = arguments_.find(sorted);
    if (arguments == nullptr) return unchanged;
    auto found = ends.vhost->bindings.find(
        BindingIdentity{ends.source, ends.destination, command.routing_key, arguments.get()});
    if (found == ends.vhost->bindings.end()) return unchanged;
    if (Check c = check_open_to(*ends.destination, command.connection); !c) return fail(c.error());
    remove_binding(**found, observer);
    remove_doomed_exchanges(observer);
    return TopologyResult{};
}

void Topology::add_binding(const Endpoints& ends, const std::string& key, SharedArguments arguments,
                           TopologyObserver& observer) {
    auto made = std::make_unique<Binding>();
    Binding& binding = *made;
    binding.source = ends.source;
    binding.destination = ends.destination;
    binding.key = key;
    binding.arguments = std::move(arguments);
    ends.vhost->bindings.insert(std::move(made));
    ends.source->outbound.add(binding);
    ends.destination->inbound.add(binding);
    if (ends.destination->kind == DestinationKind::exchange) ++ends.source->exchange_destinations;
    ends.source->router->add(binding);
    routing_changed(*ends.vhost);
    binding.made_at = version_;
    observer.binding_created(binding);
}

void Topology::remove_binding(Binding& binding, TopologyObserver& observer) {
    observer.binding_deleted(binding);
    ExchangeRecord& source = *binding.source;
    source.router->remove(binding);
    source.outbound.remove(binding);
    binding.destination->inbound.remove(binding);
    if (binding.destination->kind == DestinationKind::exchange) --source.exchange_destinations;
    if (source.auto_delete && source.outbound.empty() && !source.doomed) {
        source.doomed = true;
        doomed_.push_back(&source);
    }
    Vhost& vhost = *source.vhost;
    const auto found = vhost.bindings.find(BindingIdentity::of(binding));
    ENSURE(found != vhost.bindings.end());
    vhost.bindings.erase(found);
    routing_changed(vhost);
}

void Topology::remove_inbound(Destination& destination, TopologyObserver& observer) {
    while (!destination.inbound.empty())
        remove_binding(destination.inbound.back(), observer);
}

}  // namespace warren::broker
