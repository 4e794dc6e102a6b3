#include "cluster/metadata_fold.h"

#include <algorithm>
#include <variant>

#include "base/log.h"
#include "cluster/metadata_codec.h"

namespace warren::cluster {

namespace {

// Vhosts, exchanges and queues come in the order of their numbers, which is the order in which they
// were made: each finds what it refers to. Bindings come when both their ends are there, oldest
// first, because the ring of a consistent-hash exchange stands in that order. Limits of vhosts come
// last: there may be more queues than they allow by now. Policies and parameters come with their
// vhost: each queue is made knowing what it is to work by.
class Rebuilding {
public:
    Rebuilding(const broker::Topology& topology, const CommandSink& sink)
        : topology_(topology), sink_(sink) {}

    void run() {
        for (const auto& vhost : topology_.vhosts())
            gather(*vhost);
        for (const auto& [name, value] : topology_.global_parameters())
            add(broker::SetGlobalParameter{name, value});
        std::ranges::sort(things_, {}, &Thing::number);
        for (const Thing& thing : things_)
            std::visit([&](const auto* what) { make(*what, thing.number); }, thing.what);
        std::ranges::sort(bindings_, {}, &broker::Binding::made_at);
        for (const broker::Binding* binding : bindings_)
            make(*binding);
        limit_vhosts();
        reserve(topology_.last_number() + 1);
    }

private:
    struct Thing {
        std::uint64_t number;
        std::variant<const broker::Vhost*, const broker::ExchangeRecord*,
                     const broker::QueueRecord*>
            what;
    };

    void gather(const broker::Vhost& vhost) {
        const std::uint64_t first = vhost.find_exchange("")->number;
        things_.push_back({first, &vhost});
        for (const auto& exchange : vhost.exchanges)
            if (exchange->number - first >= broker::predeclared_exchange_count)
                things_.push_back({exchange->number, exchange.get()});
        for (const auto& queue : vhost.queues)
            if (!queue->is_delay_queue()) things_.push_back({queue->number, queue.get()});
        for (const auto& binding : vhost.bindings)
            bindings_.push_back(binding.get());
    }

    void add(broker::TopologyCommandBody body) { sink_(broker::TopologyCommand{std::move(body)}); }
    void reserve(std::uint64_t number) {
        if (number != next_number_) add(broker::ReserveNumbers{number});
        next_number_ = number;
    }

    void make(const broker::Vhost& vhost, std::uint64_t number) {
        reserve(number);
        add(broker::CreateVhost{.name = vhost.name,
                                .description = vhost.description,
                                .tags = vhost.tags,
                                .default_queue_type = vhost.default_queue_type});
        next_number_ += broker::predeclared_exchange_count;
        if (vhost.is_protected) add(broker::ProtectVhost{vhost.name, true});
        if (vhost.is_traced) add(broker::TraceVhost{vhost.name, true});
        for (const auto kind : {broker::PolicyKind::user, broker::PolicyKind::of_operator})
            for (const auto& [name, policy] : vhost.policies.of(kind))
                add(broker::SetPolicy{vhost.name, kind, name, policy.pattern, policy.apply_to,
                                      policy.priority, policy.definition});
        for (const auto& [name, value] : vhost.parameters)
            add(broker::SetParameter{vhost.name, name.first, name.second, value});
    }
    void make(const broker::ExchangeRecord& exchange, std::uint64_t number) {
        reserve(number);
        add(broker::DeclareExchange{.vhost = exchange.vhost->name,
                                    .name = exchange.name,
                                    .type = std::string(exchange.type->name),
                                    .durable = exchange.durable,
                                    .auto_delete = exchange.auto_delete,
                                    .internal = exchange.internal,
                                    .arguments = *exchange.arguments,
                                    .user = *exchange.user});
        ++next_number_;
    }
    void make(const broker::QueueRecord& queue, std::uint64_t number) {
        reserve(number);
        add(broker::DeclareQueue{.vhost = queue.vhost->name,
                                 .name = queue.name,
                                 .durable = queue.durable,
                                 .auto_delete = queue.auto_delete,
                                 .owner = queue.owner,
                                 .shard = queue.shard,
                                 .arguments = *queue.arguments,
                                 .user = *queue.user});
        ++next_number_;
    }
    void make(const broker::Binding& binding) {
        const broker::Destination& to = *binding.destination;
        const bool is_queue = to.kind == broker::DestinationKind::queue;
        add(broker::Bind{.vhost = to.vhost->name,
                         .source = binding.source->name,
                         .destination_kind = to.kind,
                         .destination = to.name,
                         .routing_key = binding.key,
                         .arguments = *binding.arguments,
                         .connection = is_queue ? static_cast<const broker::QueueRecord&>(to).owner
                                                : ConnectionId{}});
    }

    void limit_vhosts() {
        for (const Thing& thing : things_) {
            const auto* const* vhost = std::get_if<const broker::Vhost*>(&thing.what);
            if (vhost == nullptr || (*vhost)->limits == broker::VhostLimits{}) continue;
            add(broker::UpdateVhost{.name = (*vhost)->name, .limits = (*vhost)->limits});
        }
    }

    const broker::Topology& topology_;
    const CommandSink& sink_;
    std::vector<Thing> things_;
    std::vector<const broker::Binding*> bindings_;
    std::uint64_t next_number_ = 1;
};

void add_users(const auth::UserTable& users, const CommandSink& sink) {
    const auto add = [&](auth::UserCommand command) { sink(std::move(command)); };
    for (const auto& [name, user] : users.users()) {
        add(auth::PutUser{name, user.password, user.tags, false});
        if (user.limits != auth::UserLimits{}) add(auth::SetUserLimits{name, user.limits});
        for (const auto& [vhost, access] : user.vhosts) {
            if (access.permissions)
                add(auth::SetPermissions{name, vhost, access.permissions->texts()});
            for (const auto& [exchange, topic] : access.topics)
                add(auth::SetTopicPermissions{name, vhost, exchange, topic.texts});
        }
    }
}

// An empty text: the commands rebuild the state of which they were made. Equal commands come from
// equal states: to fold once more must change nothing.
std::string try_out(const std::vector<std::string>& folded) {
    MetadataState state;
    if (auto replayed = state.replay(folded); !replayed) return replayed.error();
    std::size_t equal = 0;
    std::size_t count = 0;
    rebuild(state.topology(), state.users(), [&](const MetadataCommand& command) {
        equal += count < folded.size() && encode(command) == folded[count];
        ++count;
    });
    const bool same = equal == count && count == folded.size();
    return same ? "" : "the shortened history comes to something else";
}

Result<std::vector<std::string>, std::string> fold(const std::vector<std::string>& commands) {
    std::vector<std::string> folded;
    {
        MetadataState state;
        if (auto replayed = state.replay(commands); !replayed) return fail(replayed.error());
        folded = commands_to_rebuild(state.topology(), state.users());
    }
    if (std::string failure = try_out(folded); !failure.empty()) return fail(std::move(failure));
    return folded;
}

}  // namespace

void rebuild(const broker::Topology& topology, const auth::UserTable& users,
             const CommandSink& sink) {
    Rebuilding(topology, sink).run();
    add_users(users, sink);
}

std::vector<std::string> commands_to_rebuild(const broker::Topology& topology,
                                             const auth::UserTable& users) {
    std::vector<std::string> commands;
    rebuild(topology, users,
            [&](const MetadataCommand& command) { commands.push_back(encode(command)); });
    return commands;
}

std::vector<std::string> fold_metadata(const std::vector<std::string>& commands) {
    auto folded = fold(commands);
    if (folded) return std::move(*folded);
    log::critical(log::general, "the metadata log stays as long as it is: {}", folded.error());
    return commands;
}

}  // namespace warren::cluster
