#include "app/bootstrap.h"

#include <fmt/format.h>

#include "app/definitions/definitions.h"
#include "auth/password_hash.h"
#include "auth/pattern.h"
#include "base/log.h"

namespace warren::app {

namespace {

using Commands = std::vector<cluster::MetadataCommand>;

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

bool matches(const std::string& pattern, const std::string& vhost) {
    const auto compiled = auth::Pattern::compile(pattern);
    return compiled.has_value() && compiled->matches(vhost);
}

broker::CreateVhost vhost_command(const config::Config& config) {
    broker::CreateVhost command{};
    command.name = config.defaults.vhost;
    command.description = "Default virtual host";
    for (const auto& entry : config.defaults.vhost_limits) {
        if (!matches(entry.vhost_pattern, command.name)) continue;
        if (entry.max_connections)
            command.limits.connections_max = static_cast<std::int64_t>(*entry.max_connections);
        if (entry.max_queues)
            command.limits.queues_max = static_cast<std::int64_t>(*entry.max_queues);
        break;
    }
    return command;
}

void add_user(Commands& commands, const config::Config& config, const std::string& name,
              const std::string& password, const std::vector<std::string>& tags,
              const config::Permissions& permissions) {
    auth::PutUser user{};
    user.name = name;
    user.password = auth::hash_password(password, hashing_of(config.auth.password_hashing));
    user.tags = tags;
    commands.push_back(auth::UserCommand{std::move(user)});
    commands.push_back(auth::UserCommand{
        auth::SetPermissions{name,
                             config.defaults.vhost,
                             {permissions.configure, permissions.write, permissions.read}}});
}

}  // namespace

Commands default_metadata(const config::Config& config) {
    const auto& defaults = config.defaults;
    Commands commands;
    commands.push_back(broker::TopologyCommand{vhost_command(config)});
    add_user(commands, config, defaults.user, defaults.pass, defaults.user_tags,
             defaults.permissions);
    for (const auto& user : defaults.users)
        if (matches(user.vhost_pattern, defaults.vhost))
            add_user(commands, config, user.name, user.password, user.tags, user.permissions);
    return commands;
}

Result<Commands, std::string> initial_metadata_of(const config::Config& config,
                                                  std::size_t shard_count) {
    if (config.load_definitions.empty()) return default_metadata(config);
    // A replica of the main thread's own, to check references against and to try everything on.
    broker::Topology topology;
    auth::UserTable users;
    struct Nobody final : broker::TopologyObserver {
    } nobody;
    auto definitions = load_definitions(
        config.load_definitions, {topology, users, hashing_of(config.auth.password_hashing)});
    if (!definitions) return fail(definitions.error().message());
    for (const auto& warning : definitions->warnings)
        log::warning(log::general, "{}", warning);
    Commands commands;
    for (auto& [label, command] : definitions->commands) {
        if (const auto* user = std::get_if<auth::UserCommand>(&command)) {
            if (!users.apply(*user))
                return fail(fmt::format("{}: {} is refused", config.load_definitions, label));
            commands.push_back(*user);
            continue;
        }
        auto& change = std::get<broker::TopologyCommand>(command);
        if (auto* queue = std::get_if<broker::DeclareQueue>(&change.body))
            queue->shard = {static_cast<std::uint16_t>(std::hash<std::string_view>{}(queue->name) %
                                                       shard_count)};
        if (auto applied = topology.apply(change, nobody); !applied)
            return fail(
                fmt::format("{}: {}: {}", config.load_definitions, label, applied.error().text));
        commands.push_back(change);
    }
    log::info(log::general, "definitions from {}: {} objects", config.load_definitions,
              commands.size());
    return commands;
}

}  // namespace warren::app
