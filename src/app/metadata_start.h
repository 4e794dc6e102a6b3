#pragma once
// What a node starts with: the metadata of its data folder, less what a restart forgets; in a new
// folder the defaults; and on top, at every start, the definitions that the configuration names.
// All that this changes is in the metadata log, and safe, before anybody is served.
#include <memory>
#include <string>
#include <vector>

#include "app/config/config.h"
#include "app/data_folder.h"
#include "app/storage_lanes.h"
#include "base/result.h"
#include "cluster/metadata_log.h"
#include "cluster/metadata_state.h"

namespace warren::app {

struct StartingMetadata {
    std::unique_ptr<cluster::MetadataLog> log;
    // What every shard is to apply before it serves anybody, in this order: only what still exists,
    // with the numbers it always had. Encoded, which is small: there may be millions.
    std::vector<std::string> commands;
};

// The lane must have no shard yet. The error says what to mend.
Result<StartingMetadata, std::string> start_metadata(const config::Config& config,
                                                     DataFolder& folder, storage::FileIo& io,
                                                     StorageLane& lane);

// The same with a log that is open already: `recovered` is what it holds.
Result<StartingMetadata, std::string> start_metadata(const config::Config& config,
                                                     DataFolder& folder,
                                                     std::unique_ptr<cluster::MetadataLog> log,
                                                     StorageLane& lane,
                                                     std::vector<std::string> recovered);

}  // namespace warren::app
