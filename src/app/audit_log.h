#pragma once
// The audit log: JSON lines in a file of its own (log.audit.file), written on a thread of its own,
// so that no shard waits for it. Lives from before the shards start until after they have ended.
#include <string>

#include "app/logging/log_config.h"
#include "app/logging/log_file.h"
#include "app/storage_lanes.h"
#include "base/result.h"
#include "runtime/shard.h"

namespace warren::app {

class AuditLog {
public:
    // `path` as logging::path_in() makes it.
    AuditLog(std::string path, const logging::LogRotation& rotation);

    // Opens the file; the error is a sentence.
    Result<void, std::string> open();
    // The shard that lines pass through, in their order. On it, before any line.
    void attach(runtime::Shard& shard);
    // One line without its end, from any shard.
    void write(std::string line);
    // When the shards' loops have ended: writes what is left.
    void stop();

private:
    void take(std::string line);
    void write_gathered();

    logging::LogFile file_;  // used on the lane, once that works
    StorageLane lane_{"warren-audit"};
    runtime::Shard* shard_ = nullptr;
    std::string gathered_;  // on the shard: what the lane has not been given yet
    bool lane_works_ = false;
};

}  // namespace warren::app
