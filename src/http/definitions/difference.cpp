#include "http/definitions/difference.h"

#include <fmt/format.h>

#include "base/ensure.h"
#include "cluster/metadata_fold.h"
#include "cluster/metadata_state.h"

namespace warren::http {

namespace {

// Is there, before the command, what it is about? Whatever is not looked up here has no state of
// its own before: a command about it creates it.
struct IsThere {
    const broker::Topology& topology;
    const auth::UserTable& users;

    bool operator()(const auth::PutUser& command) const {
        return users.find(command.name) != nullptr;
    }
    bool operator()(const auth::SetPermissions& command) const {
        const auto* access = users.access(command.user, command.vhost);
        return access != nullptr && access->permissions.has_value();
    }
    bool operator()(const auth::SetTopicPermissions& command) const {
        const auto* access = users.access(command.user, command.vhost);
        return access != nullptr && access->topics.contains(command.exchange);
    }
    // Of a user who is there: users without limits have none.
    bool operator()(const auth::SetUserLimits&) const { return true; }
    bool operator()(const broker::UpdateVhost& command) const {
        const auto* vhost = topology.find_vhost(command.name);
        const bool only_limits =
            !command.description && !command.tags && !command.default_queue_type;
        return vhost != nullptr && (!only_limits || vhost->limits != broker::VhostLimits{});
    }
    bool operator()(const broker::ProtectVhost&) const { return true; }
    bool operator()(const broker::TraceVhost&) const { return true; }
    bool operator()(const broker::SetPolicy& command) const {
        const auto* vhost = topology.find_vhost(command.vhost);
        return vhost != nullptr && vhost->policies.find(command.kind, command.name) != nullptr;
    }
    bool operator()(const broker::SetParameter& command) const {
        const auto* vhost = topology.find_vhost(command.vhost);
        return vhost != nullptr && vhost->parameters.contains({command.component, command.name});
    }
    bool operator()(const broker::SetGlobalParameter& command) const {
        return topology.global_parameters().contains(command.name);
    }
    template <typename Other>
    bool operator()(const Other&) const {
        return false;
    }
};

bool is_there(const cluster::MetadataCommand& command, const cluster::MetadataState& state) {
    const IsThere is_there{state.topology(), state.users()};
    if (const auto* change = std::get_if<broker::TopologyCommand>(&command))
        return std::visit(is_there, change->body);
    return std::visit(is_there, std::get<auth::UserCommand>(command));
}

// As shard 0 does: one that is refused leaves the others as they are.
void give_defaults(const cluster::MetadataCommand& made, const ExistingObjects& existing,
                   cluster::MetadataState& state) {
    const auto* change = std::get_if<broker::TopologyCommand>(&made);
    const auto* vhost =
        change == nullptr ? nullptr : std::get_if<broker::CreateVhost>(&change->body);
    if (vhost == nullptr || !existing.vhost_defaults) return;
    for (const auto& command : existing.vhost_defaults(*vhost))
        static_cast<void>(state.apply(command));
}

}  // namespace

Result<DefinitionsDifference, std::string> difference(const Definitions& definitions,
                                                      const ExistingObjects& existing) {
    cluster::MetadataState copy;
    cluster::rebuild(existing.topology, existing.users,
                     [&copy](const auto& command) { ENSURE(copy.apply(command).has_value()); });
    DefinitionsDifference found;
    for (const auto& [label, definition] : definitions.commands) {
        const auto command =
            std::visit([](const auto& body) { return cluster::MetadataCommand(body); }, definition);
        const bool existed = is_there(command, copy);
        const auto outcome = copy.apply(command);
        if (!outcome) return fail(fmt::format("{}: {}", label, outcome.error()));
        if (*outcome == broker::Outcome::changed) give_defaults(command, existing, copy);
        if (*outcome == broker::Outcome::unchanged)
            found.unchanged.push_back(label);
        else
            (existed ? found.changed : found.created).push_back(label);
    }
    found.unchanged.insert(found.unchanged.end(), definitions.kept.begin(), definitions.kept.end());
    return found;
}

std::string DefinitionsDifference::text() const {
    std::string text;
    for (const auto& label : created)
        text += "+ " + label + '\n';
    for (const auto& label : changed)
        text += "~ " + label + '\n';
    return text;
}

}  // namespace warren::http
