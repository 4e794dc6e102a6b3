#pragma once
// What a node without stored metadata starts with: the default vhost, user and permissions, and the
// users and limits that the configuration names (RabbitMQ: default_vhost, default_user,
// default_users.*, default_limits.vhosts.*).
#include <vector>

#include "app/config/config.h"
#include "auth/password_hash.h"
#include "cluster/metadata_command.h"

namespace warren::app {

auth::HashingAlgorithm hashing_of(config::PasswordHashing hashing);

// Passwords are hashed here, once, with fresh salts.
std::vector<cluster::MetadataCommand> default_metadata(const config::Config& config);

}  // namespace warren::app
