#include "app/bootstrap.h"

#include "base/pattern.h"

namespace warren::app {

namespace {

using Commands = std::vector<cluster::MetadataCommand>;

bool matches(const std::string& pattern, const std::string& vhost) {
    const auto compiled = Pattern::compile(pattern);
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

}  // namespace warren::app
