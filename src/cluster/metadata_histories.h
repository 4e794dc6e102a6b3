#pragma once
// For tests: random histories of metadata commands over few names, so that commands often meet, and
// everything that a state holds as text.
#include <algorithm>
#include <array>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/prng.h"
#include "cluster/metadata_state.h"

namespace warren::test {

class RandomHistory {
public:
    explicit RandomHistory(std::uint64_t seed) : random_(seed) {}

    // Often something that is refused or changes nothing.
    cluster::MetadataCommand next(const broker::Topology& topology) {
        switch (random_.below(24)) {
            case 0:
                return next_of_vhost();
            case 1:
            case 2:
            case 3:
                return next_of_users();
            case 4:
                return next_rare();
            case 5:
                return broker::TopologyCommand{broker::DeleteExchange{vhost(), exchange(), flag()}};
            case 19:
            case 20:
                return next_of_policies();
            case 6:
            case 7:
                return broker::TopologyCommand{broker::DeleteQueue{some_queue(topology)}};
            case 8:
            case 9:
            case 10:
                return binding<broker::Unbind>();
            case 11:
            case 12:
            case 13:
            case 14:
                return declare_exchange();
            case 15:
            case 16:
            case 17:
            case 18:
                return declare_queue();
            default:
                return binding<broker::Bind>();
        }
    }

private:
    std::string pick(const char* prefix, std::uint64_t count) {
        return prefix + std::to_string(random_.below(count));
    }
    bool flag() { return random_.below(2) == 0; }
    std::string vhost() { return pick("v", 3); }
    std::string exchange() { return random_.below(8) == 0 ? "amq.topic" : pick("x", 9); }
    std::string queue() { return pick("q", 9); }
    std::string user() { return pick("u", 4); }
    ConnectionId connection() { return {1 + random_.below(2)}; }
    std::optional<std::uint64_t> limit() {
        if (flag()) return std::nullopt;
        return random_.below(6);
    }
    std::optional<std::int64_t> signed_limit() {
        if (flag()) return std::nullopt;
        return static_cast<std::int64_t>(random_.below(6)) - 1;
    }

    cluster::MetadataCommand next_of_vhost() {
        const std::vector<std::string> tags{pick("tag", 3), "b"};
        switch (random_.below(8)) {
            case 0:
                return broker::TopologyCommand{broker::DeleteVhost{vhost()}};
            case 1:
            case 2: {
                broker::UpdateVhost update{.name = vhost()};
                if (flag()) update.description = pick("text", 3);
                if (flag()) update.tags = tags;
                if (flag()) update.default_queue_type = flag() ? "classic" : "quorum";
                if (flag()) update.limits = {signed_limit(), signed_limit()};
                return broker::TopologyCommand{update};
            }
            default:
                return broker::TopologyCommand{
                    broker::CreateVhost{vhost(),
                                        pick("text", 3),
                                        tags,
                                        flag() ? "classic" : "",
                                        {signed_limit(), signed_limit()}}};
        }
    }

    cluster::MetadataCommand next_of_policies() {
        const auto kind = flag() ? broker::PolicyKind::user : broker::PolicyKind::of_operator;
        switch (random_.below(10)) {
            case 0:
                return broker::TopologyCommand{broker::DeletePolicy{vhost(), kind, pick("p", 3)}};
            case 1:
                return broker::TopologyCommand{
                    broker::SetParameter{vhost(), pick("shovel", 2), pick("s", 3),
                                         amqp091::FieldTable{{"uri", pick("amqp://h", 3)}}}};
            case 2:
                return broker::TopologyCommand{
                    broker::DeleteParameter{vhost(), pick("shovel", 2), pick("s", 3)}};
            case 3:
                return broker::TopologyCommand{broker::SetGlobalParameter{
                    pick("g", 3), static_cast<std::int64_t>(random_.below(3))}};
            case 4:
                return broker::TopologyCommand{broker::DeleteGlobalParameter{pick("g", 3)}};
            case 5:
                return broker::TopologyCommand{
                    broker::ProtectVhost{vhost(), random_.below(4) == 0}};
            default: {
                broker::SetPolicy policy{.vhost = vhost(),
                                         .kind = kind,
                                         .name = pick("p", 3),
                                         .pattern = flag() ? "^q" : pick("", 9),
                                         .priority = static_cast<std::int64_t>(random_.below(3))};
                policy.apply_to = static_cast<broker::ApplyTo>(random_.below(6));
                if (flag()) policy.definition.add("max-length", std::int64_t{3});
                // Longer than a test's life: what a node does by itself is not in the history.
                policy.definition.add("expires",
                                      static_cast<std::int64_t>(3'600'000 + random_.below(4)));
                return broker::TopologyCommand{std::move(policy)};
            }
        }
    }

    cluster::MetadataCommand next_rare() {
        switch (random_.below(5)) {
            case 0:
                return broker::TopologyCommand{broker::ForgetTransient{}};
            case 2:
                return broker::TopologyCommand{broker::TraceVhost{vhost(), flag()}};
            case 1:
                return broker::TopologyCommand{broker::ReserveNumbers{random_.below(4000)}};
            default:
                return broker::TopologyCommand{broker::DeleteQueuesOf{connection()}};
        }
    }

    cluster::MetadataCommand next_of_users() {
        switch (random_.below(10)) {
            case 0:
                return auth::UserCommand{auth::DeleteUser{user()}};
            case 1:
                return auth::UserCommand{auth::SetUserLimits{user(), {limit(), limit()}}};
            case 2:
            case 3:
                return auth::UserCommand{
                    auth::SetPermissions{user(), vhost(), {pick("c", 9), ".*", pick("r", 9)}}};
            case 4:
                return auth::UserCommand{auth::ClearPermissions{user(), vhost()}};
            case 5:
                return auth::UserCommand{auth::SetTopicPermissions{
                    user(), vhost(), exchange(), {"{username}." + pick("w", 9), ".*"}}};
            case 6: {
                auth::ClearTopicPermissions clear{user(), vhost(), {}};
                if (flag()) clear.exchange = exchange();
                return auth::UserCommand{clear};
            }
            case 7:
                return auth::UserCommand{auth::DropVhost{vhost()}};
            default: {
                auth::PutUser put{user(), {}, {}, flag()};
                if (flag()) put.password = {auth::HashingAlgorithm::sha512, pick("salthash", 9)};
                if (flag()) put.tags = std::vector<std::string>{pick("tag", 3)};
                return auth::UserCommand{put};
            }
        }
    }

    cluster::MetadataCommand declare_exchange() {
        static constexpr std::array types{"fanout",           "direct",   "topic",
                                          "headers",          "x-random", "x-consistent-hash",
                                          "x-delayed-message"};
        // Names mostly keep their type, so that a second declare meets the first.
        const std::uint64_t number = random_.below(9);
        broker::DeclareExchange declare{.vhost = vhost(),
                                        .name = "x" + std::to_string(number),
                                        .type = types[number % types.size()],
                                        .durable = flag(),
                                        .auto_delete = flag(),
                                        .internal = random_.below(4) == 0,
                                        .user = user()};
        if (declare.type == "x-delayed-message") declare.arguments.add("x-delayed-type", "topic");
        if (flag()) declare.arguments.add("alternate-exchange", exchange());
        if (flag()) declare.arguments.add("anything", static_cast<std::int32_t>(number));
        return broker::TopologyCommand{std::move(declare)};
    }

    cluster::MetadataCommand declare_queue() {
        broker::DeclareQueue declare{.vhost = vhost(),
                                     .name = queue(),
                                     .durable = flag(),
                                     .auto_delete = random_.below(4) == 0,
                                     .owner = flag() ? ConnectionId{} : connection(),
                                     .shard = {static_cast<std::uint16_t>(random_.below(4))},
                                     .user = user()};
        if (flag()) declare.arguments.add("x-max-length", std::int64_t{5});
        if (flag()) declare.arguments.add("x-dead-letter-exchange", exchange());
        return broker::TopologyCommand{std::move(declare)};
    }

    template <typename Command>
    cluster::MetadataCommand binding() {
        const bool to_queue = random_.below(3) != 0;
        Command command{.vhost = vhost(),
                        .source = exchange(),
                        .destination_kind = to_queue ? broker::DestinationKind::queue
                                                     : broker::DestinationKind::exchange,
                        .destination = to_queue ? queue() : exchange(),
                        .routing_key = std::to_string(random_.below(3)),
                        .connection = connection()};
        // Not sorted by name: replicas keep them sorted.
        if (random_.below(4) == 0) command.arguments = {{"b", true}, {"a", std::int16_t{3}}};
        return broker::TopologyCommand{std::move(command)};
    }

    QueueId some_queue(const broker::Topology& topology) {
        const broker::Vhost* in = topology.find_vhost(vhost());
        const broker::QueueRecord* found = in == nullptr ? nullptr : in->find_queue(queue());
        return found == nullptr ? QueueId{} : found->id();
    }

    Prng random_;
};

namespace detail {

template <typename Limit>
std::string limit_text(const std::optional<Limit>& limit) {
    return limit ? std::to_string(*limit) : "none";
}

inline void describe_vhost(const broker::Vhost& vhost, std::set<std::string>& lines) {
    const auto line = [&](auto&&... parts) {
        std::ostringstream text;
        (text << ... << parts);
        lines.insert(vhost.name + " " + text.str());
    };
    line("described ", vhost.description, " type ", vhost.default_queue_type, " queues_max ",
         limit_text(vhost.limits.queues_max), " connections_max ",
         limit_text(vhost.limits.connections_max));
    for (std::size_t n = 0; n < vhost.tags.size(); ++n)
        line("tag ", n, " ", vhost.tags[n]);
    line("protected ", vhost.is_protected);
    for (const auto kind : {broker::PolicyKind::user, broker::PolicyKind::of_operator})
        for (const auto& [name, policy] : vhost.policies.of(kind))
            line("policy ", static_cast<int>(kind), " ", name, " ", policy.pattern, " to ",
                 static_cast<int>(policy.apply_to), " priority ", policy.priority, " ",
                 policy.definition.encode());
    for (const auto& [name, value] : vhost.parameters)
        line("parameter ", name.first, " ", name.second, " ",
             amqp091::FieldTable{{"", value}}.encode());
    for (const auto& queue : vhost.queues) {
        const auto* policy = vhost.policies.effective(*queue);
        line("works by ", queue->name, " ", policy == nullptr ? "" : policy->definition.encode());
    }
    for (const auto& queue : vhost.queues)
        line("queue ", queue->name, " #", queue->number, " shard ", queue->shard.value, " owner ",
             queue->owner.value, " durable ", queue->durable, " auto-delete ", queue->auto_delete,
             " user ", *queue->user, " ", queue->arguments->encode());
    for (const auto& exchange : vhost.exchanges)
        line("exchange ", exchange->name, " #", exchange->number, " ", exchange->type->name,
             " durable ", exchange->durable, " auto-delete ", exchange->auto_delete, " internal ",
             exchange->internal, " alternate ", exchange->alternate_exchange, " user ",
             *exchange->user, " bindings ", exchange->outbound.size(), " to exchanges ",
             exchange->exchange_destinations, " ", exchange->arguments->encode());
    std::vector<const broker::Binding*> bindings;
    for (const auto& binding : vhost.bindings)
        bindings.push_back(binding.get());
    std::ranges::sort(bindings, {}, &broker::Binding::made_at);
    for (std::size_t n = 0; n < bindings.size(); ++n)
        line("binding ", n, ": ", bindings[n]->source->name, " > ", bindings[n]->destination->name,
             " ", bindings[n]->key, " ", bindings[n]->arguments->encode());
}

inline void describe_user(const std::string& name, const auth::User& user,
                          std::set<std::string>& lines) {
    const auto line = [&](auto&&... parts) {
        std::ostringstream text;
        (text << ... << parts);
        lines.insert("user " + name + " " + text.str());
    };
    line("hash ", static_cast<int>(user.password.algorithm), " ", user.password.salt_and_digest,
         " connections_max ", limit_text(user.limits.connections_max), " channels_max ",
         limit_text(user.limits.channels_max));
    for (std::size_t n = 0; n < user.tags.size(); ++n)
        line("tag ", n, " ", user.tags[n]);
    for (const auto& [vhost, access] : user.vhosts) {
        if (access.permissions)
            line("may in ", vhost, " ", access.permissions->configure.text(), " ",
                 access.permissions->write.text(), " ", access.permissions->read.text());
        for (const auto& [exchange, topic] : access.topics)
            line("topic in ", vhost, " ", exchange, " ", topic.texts.write, " ", topic.texts.read,
                 " ", topic.write.text(), " ", topic.read.text());
    }
}

}  // namespace detail

// Equal exactly for states that are equal to whoever looks or asks.
inline std::string dump(const cluster::MetadataState& state) {
    std::set<std::string> lines;
    for (const auto& vhost : state.topology().vhosts())
        detail::describe_vhost(*vhost, lines);
    for (const auto& [name, value] : state.topology().global_parameters())
        lines.insert("global " + name + " " + amqp091::FieldTable{{"", value}}.encode());
    for (const auto& [name, user] : state.users().users())
        detail::describe_user(name, user, lines);
    std::string all = "last number " + std::to_string(state.topology().last_number()) + "\n";
    for (const std::string& line : lines)
        all += line + "\n";
    return all;
}

}  // namespace warren::test
