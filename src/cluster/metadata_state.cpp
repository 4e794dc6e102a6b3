#include "cluster/metadata_state.h"

#include <fmt/format.h>

#include "cluster/metadata_codec.h"

namespace warren::cluster {

namespace {

struct Nobody final : broker::TopologyObserver {};

// One question: does this command, at this point, touch what is durable?
struct Survives {
    const broker::Topology& topology;

    bool operator()(const broker::DeclareExchange& command) const { return command.durable; }
    bool operator()(const broker::DeleteExchange& command) const {
        return durable(exchange(command.vhost, command.name));
    }
    bool operator()(const broker::DeclareQueue& command) const {
        return command.durable && !command.owner;
    }
    bool operator()(const broker::DeleteQueue& command) const {
        return durable(topology.find_queue(command.queue));
    }
    bool operator()(const broker::DeleteQueuesOf&) const { return false; }
    bool operator()(const broker::TraceVhost&) const { return false; }
    bool operator()(const broker::Bind& command) const { return durable_ends(command); }
    bool operator()(const broker::Unbind& command) const { return durable_ends(command); }
    // Vhosts, and the commands of the log itself.
    template <typename Other>
    bool operator()(const Other&) const {
        return true;
    }

private:
    static bool durable(const broker::Destination* thing) {
        return thing == nullptr || thing->durable;
    }
    const broker::ExchangeRecord* exchange(std::string_view vhost_name,
                                           std::string_view name) const {
        const broker::Vhost* vhost = topology.find_vhost(vhost_name);
        return vhost == nullptr ? nullptr : vhost->find_exchange(name);
    }
    const broker::Destination* destination(std::string_view vhost_name,
                                           broker::DestinationKind kind,
                                           std::string_view name) const {
        if (kind == broker::DestinationKind::exchange) return exchange(vhost_name, name);
        const broker::Vhost* vhost = topology.find_vhost(vhost_name);
        return vhost == nullptr ? nullptr : vhost->find_queue(name);
    }
    template <typename Command>
    bool durable_ends(const Command& command) const {
        return durable(exchange(command.vhost, command.source)) &&
               durable(destination(command.vhost, command.destination_kind, command.destination));
    }
};

}  // namespace

Result<broker::Outcome, std::string> MetadataState::apply(const MetadataCommand& command) {
    if (const auto* topology = std::get_if<broker::TopologyCommand>(&command)) {
        Nobody nobody;
        const auto applied = topology_.apply(*topology, nobody);
        if (!applied) return fail(applied.error().text);
        return applied->outcome;
    }
    const std::uint64_t before = users_.version();
    if (const auto applied = users_.apply(std::get<auth::UserCommand>(command)); !applied)
        return fail(describe(applied.error()));
    return users_.version() == before ? broker::Outcome::unchanged : broker::Outcome::changed;
}

Result<void, std::string> MetadataState::replay(std::span<const std::string> commands) {
    for (std::size_t n = 0; n < commands.size(); ++n) {
        const auto command = decode_metadata_command(as_bytes(commands[n]));
        if (!command)
            return fail(fmt::format("metadata command {} of {}: {}", n + 1, commands.size(),
                                    command.error().text()));
        if (const auto applied = apply(*command); !applied)
            return fail(
                fmt::format("metadata command {} of {} does not follow from those before "
                            "it: {}",
                            n + 1, commands.size(), applied.error()));
    }
    return {};
}

std::string describe(auth::UserError error) {
    return error == auth::UserError::no_such_user ? "no such user" : "user exists already";
}

bool survives_restart(const MetadataCommand& command, const broker::Topology& topology) {
    const auto* change = std::get_if<broker::TopologyCommand>(&command);
    return change == nullptr || std::visit(Survives{topology}, change->body);
}

}  // namespace warren::cluster
