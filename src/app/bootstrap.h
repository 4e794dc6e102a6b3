#pragma once
// What a node without stored metadata starts with: the default vhost, user and permissions, and the
// users and limits that the configuration names (RabbitMQ: default_vhost, default_user,
// default_users.*, default_limits.vhosts.*).
#include <cstddef>
#include <string>
#include <vector>

#include "app/config/config.h"
#include "base/result.h"
#include "cluster/shard_message.h"

namespace warren::app {

// Passwords are hashed here, once, with fresh salts.
std::vector<cluster::MetadataCommand> default_metadata(const config::Config& config);

// What every shard is to apply before it serves anybody, in this order: the definitions that the
// configuration names (load_definitions) or else the defaults, as RabbitMQ has it. All has been
// tried; the error names file and place.
Result<std::vector<cluster::MetadataCommand>, std::string> initial_metadata_of(
    const config::Config& config, std::size_t shard_count);

}  // namespace warren::app
