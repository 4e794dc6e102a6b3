#include "app/vhost_defaults.h"

#include <utility>

#include "base/log.h"
#include "base/pattern.h"
#include "broker/topology/policy_requests.h"

namespace warren::app {

namespace {

using Commands = std::vector<cluster::MetadataCommand>;

bool matches(const std::string& pattern, const std::string& vhost) {
    const auto compiled = Pattern::compile(pattern);
    return !pattern.empty() && compiled.has_value() && compiled->matches(vhost);
}

void add_limits(Commands& commands, const config::Defaults& defaults,
                const broker::CreateVhost& created) {
    if (created.limits != broker::VhostLimits{}) return;
    for (const auto& entry : defaults.vhost_limits) {
        if (!matches(entry.vhost_pattern, created.name)) continue;
        broker::VhostLimits limits;
        if (entry.max_connections)
            limits.connections_max = static_cast<std::int64_t>(*entry.max_connections);
        if (entry.max_queues) limits.queues_max = static_cast<std::int64_t>(*entry.max_queues);
        broker::UpdateVhost update{.name = created.name};
        update.limits = limits;
        commands.push_back(broker::TopologyCommand{std::move(update)});
        return;
    }
}

void add_users(Commands& commands, const config::Config& config, const std::string& vhost) {
    for (const auto& entry : config.defaults.users) {
        if (!matches(entry.vhost_pattern, vhost)) continue;
        auth::PutUser user{};
        user.name = entry.name;
        user.password =
            auth::hash_password(entry.password, hashing_of(config.auth.password_hashing));
        user.tags = entry.tags;
        user.only_if_new = true;
        commands.push_back(auth::UserCommand{std::move(user)});
        const config::Permissions& may = entry.permissions;
        commands.push_back(auth::UserCommand{
            auth::SetPermissions{entry.name, vhost, {may.configure, may.write, may.read}}});
    }
}

amqp091::FieldValue field_value(const config::PolicySetting& setting) {
    if (const auto* number = std::get_if<std::int64_t>(&setting))
        return amqp091::FieldValue(*number);
    if (const auto* text = std::get_if<std::string>(&setting)) return amqp091::FieldValue(*text);
    amqp091::FieldArray names;
    for (const std::string& name : std::get<std::vector<std::string>>(setting))
        names.push_back(amqp091::FieldValue(name));
    return amqp091::FieldValue(std::move(names));
}

void add_policies(Commands& commands, const config::Defaults& defaults, const std::string& vhost) {
    for (const auto& entry : defaults.operator_policies) {
        if (entry.definition.empty() || !matches(entry.vhost_pattern, vhost)) continue;
        amqp091::FieldTable definition;
        for (const auto& [key, setting] : entry.definition)
            definition.add(key, field_value(setting));
        auto policy = broker::checked_policy({.vhost = vhost,
                                              .kind = broker::PolicyKind::of_operator,
                                              .name = entry.id,
                                              .pattern = entry.queue_pattern,
                                              .definition = std::move(definition),
                                              .apply_to = entry.apply_to});
        if (policy)
            commands.push_back(broker::TopologyCommand{std::move(*policy)});
        else
            log::warning(log::general, "default_policies.operator.{} is passed over: {}", entry.id,
                         policy.error());
    }
}

}  // namespace

auth::HashingAlgorithm hashing_of(config::PasswordHashing hashing) {
    switch (hashing) {
        case config::PasswordHashing::sha256:
            return auth::HashingAlgorithm::sha256;
        case config::PasswordHashing::sha512:
            return auth::HashingAlgorithm::sha512;
        case config::PasswordHashing::md5:
            return auth::HashingAlgorithm::md5;
    }
    return auth::HashingAlgorithm::sha256;
}

Commands vhost_defaults(const config::Config& config, const broker::CreateVhost& created) {
    Commands commands;
    add_limits(commands, config.defaults, created);
    add_users(commands, config, created.name);
    add_policies(commands, config.defaults, created.name);
    return commands;
}

}  // namespace warren::app
