#pragma once
// The disk side of one shard as the application puts it together: two lanes with a thread each, and
// the log engine of the shard's folder. Lives in the shard's room, and longer than its node.
#include <functional>
#include <string>

#include "app/config/config.h"
#include "app/storage_lanes.h"
#include "base/result.h"
#include "cluster/shard_node.h"
#include "runtime/shard.h"
#include "storage/file_io.h"

namespace warren::app {

class ShardStorage {
public:
    explicit ShardStorage(runtime::Shard& shard);

    // Recovers what the folder holds and gives it to the node; before its metadata. On the shard's
    // thread. The error says what is damaged and what to do.
    Result<void, std::string> open(storage::FileIo& io, const std::string& folder,
                                   const config::Storage& config, cluster::ShardNode& node);
    // Where work may take its time.
    storage::Background& store_lane() { return store_lane_; }
    // Waits for what the lanes still do. From another thread than the shard's.
    void stop_lanes();

private:
    runtime::Shard& shard_;
    StorageLane log_lane_;
    StorageLane store_lane_;
};

}  // namespace warren::app
