#pragma once
// What a node without stored metadata starts with: the default vhost, user and permissions
// (RabbitMQ: default_vhost, default_user), and what every new vhost begins with (vhost_defaults.h).
#include <vector>

#include "app/config/config.h"
#include "cluster/metadata_command.h"

namespace warren::app {

// Passwords are hashed here, once, with fresh salts.
std::vector<cluster::MetadataCommand> default_metadata(const config::Config& config);

}  // namespace warren::app
