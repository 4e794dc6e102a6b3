#pragma once
// A change to what the node knows: the value that the metadata log orders, keeps, and later
// replicates. Its byte form is in metadata_codec.h.
#include <memory>
#include <variant>

#include "auth/user_commands.h"
#include "broker/topology/topology_command.h"

namespace warren::cluster {

using MetadataCommand = std::variant<broker::TopologyCommand, auth::UserCommand>;
// Shared by the shards that apply it; never changed.
using SharedCommand = std::shared_ptr<const MetadataCommand>;

}  // namespace warren::cluster
