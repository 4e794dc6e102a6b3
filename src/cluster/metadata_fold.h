#pragma once
// A long history of metadata commands made short: the commands that rebuild what it has come to,
// everything with its number, so that whatever is asked next gets the same answer.
#include <functional>
#include <string>
#include <vector>

#include "cluster/metadata_state.h"

namespace warren::cluster {

// Gives the commands to the sink, one after the other, so that a million of them need not be in
// memory as values. Transient things included. Equal states give equal commands.
using CommandSink = std::function<void(const MetadataCommand&)>;
void rebuild(const broker::Topology& topology, const auth::UserTable& users,
             const CommandSink& sink);

// The same commands, encoded.
std::vector<std::string> commands_to_rebuild(const broker::Topology& topology,
                                             const auth::UserTable& users);

// The metadata log's fold (storage::CommandLog::Fold), from encoded commands to encoded commands.
// What is made is tried out; should it not rebuild the state, the commands come back as they were.
std::vector<std::string> fold_metadata(const std::vector<std::string>& commands);

}  // namespace warren::cluster
