#pragma once
// What a new vhost begins with by the configuration, as in RabbitMQ: the first of
// default_limits.vhosts.* whose pattern matches its name, permissions for each of default_users.*
// that matches (and the users, if they are not there), and default_policies.operator.*.
#include <vector>

#include "app/config/config.h"
#include "auth/password_hash.h"
#include "cluster/metadata_command.h"

namespace warren::app {

auth::HashingAlgorithm hashing_of(config::PasswordHashing hashing);

// In the order in which they are to follow. Limits that it was made with are left alone.
std::vector<cluster::MetadataCommand> vhost_defaults(const config::Config& config,
                                                     const broker::CreateVhost& created);

}  // namespace warren::app
