// Virtual hosts, and what all commands share. Exchanges and queues are in topology_declare.cpp,
// bindings in topology_bindings.cpp, policies and parameters in topology_policies.cpp.
#include "broker/topology/topology.h"

#include "base/ensure.h"
#include "broker/topology/topology_checks.h"

namespace warren::broker {

namespace {

// Says whether that makes a difference.
template <typename Value>
bool assign_given(Value& place, const std::optional<Value>& value) {
    if (!value || place == *value) return false;
    place = *value;
    return true;
}

}  // namespace

Topology::Answer Topology::apply(const TopologyCommand& command, TopologyObserver& observer) {
    Answer answer =
        std::visit([&](const auto& body) { return perform(body, observer); }, command.body);
    ENSURE(doomed_.empty());
    return answer;
}

const Vhost* Topology::find_vhost(std::string_view name) const {
    auto found = vhosts_.find(name);
    return found == vhosts_.end() ? nullptr : found->get();
}

Vhost* Topology::vhost_named(std::string_view name) {
    auto found = vhosts_.find(name);
    return found == vhosts_.end() ? nullptr : found->get();
}

const QueueRecord* Topology::find_queue(QueueId id) const {
    auto found = queues_.find(id);
    return found == queues_.end() ? nullptr : found->second;
}

const std::set<QueueId>& Topology::queues_of(ConnectionId owner) const {
    static const std::set<QueueId> none;
    const auto found = owned_.find(owner);
    return found == owned_.end() ? none : found->second;
}

const std::string* Topology::user_named(const std::string& user) {
    return &*users_.insert(user).first;
}

Topology::Answer Topology::perform(const CreateVhost& command, TopologyObserver& observer) {
    if (vhost_named(command.name) != nullptr) return TopologyResult{.outcome = Outcome::unchanged};
    Vhost& vhost = **vhosts_.insert(std::make_unique<Vhost>(command.name)).first;
    vhost.description = command.description;
    vhost.tags = command.tags;
    vhost.default_queue_type = command.default_queue_type;
    vhost.limits = command.limits;
    routing_changed(vhost);
    observer.vhost_created(vhost);
    predeclare_exchanges(vhost, observer);
    return TopologyResult{};
}

Topology::Answer Topology::perform(const UpdateVhost& command, TopologyObserver& observer) {
    Vhost* vhost = vhost_named(command.name);
    if (vhost == nullptr) return fail(no_such_vhost(command.name));
    bool changed = assign_given(vhost->description, command.description);
    changed |= assign_given(vhost->tags, command.tags);
    changed |= assign_given(vhost->default_queue_type, command.default_queue_type);
    changed |= assign_given(vhost->limits, command.limits);
    if (!changed) return TopologyResult{.outcome = Outcome::unchanged};
    ++version_;
    observer.vhost_changed(*vhost);
    return TopologyResult{};
}

Topology::Answer Topology::perform(const DeleteVhost& command, TopologyObserver& observer) {
    Vhost* vhost = vhost_named(command.name);
    if (vhost == nullptr) return fail(no_such_vhost(command.name));
    if (vhost->is_protected) return fail(protected_vhost(command.name));
    while (!vhost->queues.empty())
        remove_queue(**vhost->queues.begin(), observer);
    remove_doomed_exchanges(observer);
    while (!vhost->exchanges.empty()) {
        remove_exchange(**vhost->exchanges.begin(), observer);
        remove_doomed_exchanges(observer);
    }
    if (vhost->is_traced) --traced_vhosts_;
    ++version_;
    observer.vhost_deleted(*vhost);
    vhosts_.erase(vhosts_.find(std::string_view(command.name)));
    return TopologyResult{};
}

}  // namespace warren::broker
