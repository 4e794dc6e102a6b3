#pragma once
// What a shard's folder says about its queues: read at start, before anything is served.
//
// Segments first: their footers list the runs. Then the log, twice: once for what was settled (a
// torn tail is cut on the way), once for the entries that live, so that nothing is held in memory
// that was consumed long ago.
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "storage/file_io.h"
#include "storage/log_engine.h"
#include "storage/log_records.h"
#include "storage/queue_log.h"
#include "storage/run.h"
#include "storage/segment.h"
#include "storage/wal.h"

namespace warren::storage {

struct RecoveredRun {
    Run run;
    PagedFigures figures;  // of what is not settled
    bool settled = false;  // some of it
};

// An entry that only the log has.
struct RecoveredEntry {
    EntryHead head;
    std::uint64_t file_number = 0;
    std::size_t payload_at = 0;  // in RecoveredQueue::payloads
    std::uint32_t payload_bytes = 0;
    std::shared_ptr<const std::vector<std::byte>> body;  // shared by the queues it went to
};

struct RecoveredQueue {
    std::uint64_t flushed_through = 0;
    std::uint64_t last_position = 0;
    std::uint64_t delivered_through = 0;
    // The log has entries that flushed_through alone says are not wanted: what says so must not go
    // before them, as the segment that does may.
    bool passed_over = false;
    std::vector<RecoveredRun> runs;  // by position
    std::vector<RecoveredEntry> entries;
    std::vector<std::byte> payloads;
    std::vector<PositionRange> settled;  // while recovering
};

struct RecoveredSegment {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;
    std::uint64_t entries = 0;
    std::uint64_t dead = 0;  // of them
};

struct Recovered {
    std::unordered_map<QueueId, RecoveredQueue> queues;
    std::vector<RecoveredSegment> segments;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> log_files;  // number, bytes
    std::uint64_t next_file = 1;
    std::uint64_t next_batch = 1;
    std::uint64_t next_segment = 1;
    RecoveryReport report;
};

std::string wal_folder(const std::string& shard_folder);
std::string segments_folder(const std::string& shard_folder);

// Creates the folders if need be. The error says what is damaged, where, and what to do.
Result<Recovered, std::string> recover_shard(FileIo& io, const std::string& shard_folder);

}  // namespace warren::storage
