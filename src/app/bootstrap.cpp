#include "app/bootstrap.h"

#include <utility>

#include "app/vhost_defaults.h"

namespace warren::app {

namespace {

using Commands = std::vector<cluster::MetadataCommand>;

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
    broker::CreateVhost vhost{};
    vhost.name = defaults.vhost;
    vhost.description = "Default virtual host";
    commands.push_back(broker::TopologyCommand{vhost});
    add_user(commands, config, defaults.user, defaults.pass, defaults.user_tags,
             defaults.permissions);
    for (cluster::MetadataCommand& command : vhost_defaults(config, vhost))
        commands.push_back(std::move(command));
    return commands;
}

}  // namespace warren::app
