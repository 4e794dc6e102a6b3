// Policies and parameters: set, replaced, deleted. What is deleted and not there is no error here:
// who asks on behalf of a user looks first.
#include "broker/topology/topology.h"
#include "broker/topology/topology_checks.h"

namespace warren::broker {

namespace {

constexpr TopologyResult unchanged{.outcome = Outcome::unchanged};

template <typename Map, typename Key>
bool set_in(Map& map, Key&& key, const amqp091::FieldValue& value) {
    const auto [place, is_new] = map.try_emplace(std::forward<Key>(key), value);
    if (is_new) return true;
    if (place->second == value) return false;
    place->second = value;
    return true;
}

}  // namespace

// Messages may go another way too, by an alternate exchange.
Topology::Answer Topology::policies_changed(Vhost& vhost, TopologyObserver& observer) {
    routing_changed(vhost);
    observer.policies_changed(vhost);
    return TopologyResult{};
}

Topology::Answer Topology::perform(const SetPolicy& command, TopologyObserver& observer) {
    Vhost* vhost = vhost_named(command.vhost);
    if (vhost == nullptr) return fail(no_such_vhost(command.vhost));
    if (!vhost->policies.set(command)) return unchanged;
    return policies_changed(*vhost, observer);
}

Topology::Answer Topology::perform(const DeletePolicy& command, TopologyObserver& observer) {
    Vhost* vhost = vhost_named(command.vhost);
    if (vhost == nullptr) return fail(no_such_vhost(command.vhost));
    if (!vhost->policies.remove(command.kind, command.name)) return unchanged;
    return policies_changed(*vhost, observer);
}

Topology::Answer Topology::perform(const SetParameter& command, TopologyObserver&) {
    Vhost* vhost = vhost_named(command.vhost);
    if (vhost == nullptr) return fail(no_such_vhost(command.vhost));
    if (!set_in(vhost->parameters, std::pair(command.component, command.name), command.value))
        return unchanged;
    ++version_;
    return TopologyResult{};
}

Topology::Answer Topology::perform(const DeleteParameter& command, TopologyObserver&) {
    Vhost* vhost = vhost_named(command.vhost);
    if (vhost == nullptr) return fail(no_such_vhost(command.vhost));
    if (vhost->parameters.erase({command.component, command.name}) == 0) return unchanged;
    ++version_;
    return TopologyResult{};
}

Topology::Answer Topology::perform(const SetGlobalParameter& command, TopologyObserver&) {
    if (!set_in(global_parameters_, command.name, command.value)) return unchanged;
    ++version_;
    return TopologyResult{};
}

Topology::Answer Topology::perform(const DeleteGlobalParameter& command, TopologyObserver&) {
    if (global_parameters_.erase(command.name) == 0) return unchanged;
    ++version_;
    return TopologyResult{};
}

Topology::Answer Topology::perform(const ProtectVhost& command, TopologyObserver& observer) {
    Vhost* vhost = vhost_named(command.name);
    if (vhost == nullptr) return fail(no_such_vhost(command.name));
    if (vhost->is_protected == command.is_protected) return unchanged;
    vhost->is_protected = command.is_protected;
    ++version_;
    observer.vhost_changed(*vhost);
    return TopologyResult{};
}

// Routes that channels remember are forgotten: while a vhost is traced none of its messages goes
// by the fast path.
Topology::Answer Topology::perform(const TraceVhost& command, TopologyObserver& observer) {
    Vhost* vhost = vhost_named(command.name);
    if (vhost == nullptr) return fail(no_such_vhost(command.name));
    if (vhost->is_traced == command.is_on) return unchanged;
    vhost->is_traced = command.is_on;
    if (command.is_on)
        ++traced_vhosts_;
    else
        --traced_vhosts_;
    ++version_;
    observer.vhost_changed(*vhost);
    return TopologyResult{};
}

}  // namespace warren::broker
