#pragma once
// All that the metadata log says, without a shard around it: topology and users as replayed
// commands make them. Starting a node and shortening its log work on one of these, on whatever
// thread they run.
#include <span>
#include <string>
#include <vector>

#include "auth/users.h"
#include "broker/topology/topology.h"
#include "cluster/metadata_command.h"

namespace warren::cluster {

class MetadataState {
public:
    // The error is the refusal in words; the state is then as it was.
    Result<broker::Outcome, std::string> apply(const MetadataCommand& command);
    // Applies encoded commands, oldest first. The error names the one that cannot be read or
    // applied.
    Result<void, std::string> replay(std::span<const std::string> commands);

    const broker::Topology& topology() const { return topology_; }
    const auth::UserTable& users() const { return users_; }

private:
    broker::Topology topology_;
    auth::UserTable users_;
};

// Words for the log.
std::string describe(auth::UserError error);

// Whether the change, applied to this topology, still counts after a restart: it is about durable
// things, or about vhosts and users. When it names what is not there, the answer is yes: somebody
// else's deletion, which may not be safe yet, is part of what the asker is told.
bool survives_restart(const MetadataCommand& command, const broker::Topology& topology);

}  // namespace warren::cluster
