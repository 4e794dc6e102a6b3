#pragma once
// The log engine of one shard: write-ahead log, segments, group commit, recovery; the queues of the
// shard hang on it by their QueueLogs.
//
// A turn: queues append and settle; end_turn() closes what was gathered and, if no write is in
// flight, hands it to the log lane: one write and, if anybody waits for it, one sync. Meanwhile the
// next batch gathers. EngineEvents::durable() says how far stable storage has come.
//
// Log files that are full are retired from the oldest on, when there are too many of them or when
// the messages that only they hold take too much memory: what still lives is written to a segment,
// states of runs are said anew, then the file goes. Segments whose entries have mostly gone are
// copied together into new ones.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "storage/background.h"
#include "storage/file_io.h"
#include "storage/queue_log.h"

namespace warren::storage {

struct LogEngineOptions {
    std::string folder;  // of this shard; created if missing
    std::uint64_t wal_file_bytes = 8u << 20;
    // Retirement begins above either: bytes of log files that are full, and bytes in them whose
    // messages still live (and so sit in memory).
    std::uint64_t wal_bytes_max = 256u << 20;
    std::uint64_t unflushed_bytes_max = 8u << 20;
    // Segment files below this are merged when there are many.
    std::uint64_t small_segment_bytes = 1u << 20;
    // Publishers should be held back above this: bytes that wait to be written.
    std::uint64_t waiting_bytes_max = 8u << 20;
    // What is written counts as safe: the end of the process loses nothing, a power cut may. For
    // those who would rather lose messages than wait for the disk.
    bool written_is_durable = false;
    // Records that nobody waits for (settlements) are synced after this long.
    std::int64_t lazy_sync_ms = 200;
};

enum class EngineState : std::uint8_t {
    healthy,
    disk_full,  // writes wait until there is space; nothing is lost
    failed,     // a write or sync has failed: nothing is confirmed any more until a restart
};

// Batches of a shard's log, from 1. What was appended in one turn is durable when its batch is.
using CommitNumber = std::uint64_t;

class EngineEvents {
public:
    // Everything up to this commit is on stable storage.
    virtual void durable(CommitNumber through) = 0;
    // For the log and for alarms; `text` says what happened and what it means.
    virtual void state_changed(EngineState state, const std::string& text) = 0;
    // Something that was stored cannot be read: where, what, and what it costs. For the log.
    virtual void damage_found(const std::string& text) = 0;

protected:
    ~EngineEvents() = default;
};

// What recovery has found in a shard's folder.
struct RecoveryReport {
    std::uint64_t queues = 0;
    std::uint64_t entries = 0;
    std::uint64_t log_bytes = 0;
    std::uint64_t segments = 0;
    bool stopped_in_order = false;
    std::vector<std::string> notes;    // cut tails, removed leftovers: worth a line in the log
    std::vector<std::string> damages;  // lost promises, with file and offset
};

struct EngineStats {
    std::uint64_t syncs = 0;
    std::uint64_t batches = 0;
    std::uint64_t written_bytes = 0;
    std::uint64_t wal_files = 0;
    std::uint64_t segments = 0;
    std::uint64_t segment_bytes = 0;
    std::uint64_t waiting_bytes = 0;
    std::uint64_t unflushed_bytes = 0;
    // Since the start: log files begun, and what has gone from log and memory into segments.
    std::uint64_t wal_files_begun = 0;
    std::uint64_t segments_written = 0;
    std::uint64_t segment_entries_written = 0;
    std::uint64_t segment_bytes_written = 0;

    void add(const EngineStats& more);
};

class LogEngine {
public:
    // Recovers what the folder holds. On the shard's thread or before it runs; blocks.
    static Result<std::unique_ptr<LogEngine>, std::string> open(LogEngineOptions options,
                                                                FileIo& io, Background& log_lane,
                                                                Background& store_lane,
                                                                EngineEvents& events);
    virtual ~LogEngine() = default;

    virtual const RecoveryReport& recovery() const = 0;

    // The log of a queue, new or recovered. What was recovered is handed to `restore`: entries of
    // the write-ahead log come one by one (the owner holds them as waiting at the tail), runs stay
    // paged. `delivered_through`: entries up to this position may have been delivered before.
    struct Restored {
        std::uint64_t last_position = 0;  // the next one must be above
        std::uint64_t delivered_through = 0;
    };
    virtual std::unique_ptr<QueueLog> attach(QueueId queue, EntryOwner& owner, LoadSink& restore,
                                             Restored& restored) = 0;
    // There is something of this queue, if only positions that must not be used again: it has to be
    // attached before drop_unclaimed().
    virtual bool has_recovered(QueueId queue) const = 0;
    // After all queues that exist and have something here are attached: what belongs to none is
    // forgotten.
    virtual void drop_unclaimed() = 0;

    // ---- turns ----
    // Closes what this turn has appended. The number to wait for; what is already durable when the
    // turn had nothing. `sync`: somebody waits for it.
    virtual CommitNumber end_turn(Instant now, bool sync) = 0;
    virtual CommitNumber durable_through() const = 0;
    // When end_turn() is wanted at the latest (lazy syncs, retries).
    virtual Instant next_deadline() const = 0;
    // More is waiting than the disk takes: publishers should not be read from.
    virtual bool congested() const = 0;
    virtual EngineState state() const = 0;

    // The node stops: says how far each queue has delivered, writes and syncs all there is. Calls
    // `done` when lanes have nothing of this engine left; the engine may be destroyed then.
    virtual void stop(const std::function<std::uint64_t(QueueId)>& delivered_through,
                      std::move_only_function<void()> done) = 0;

    virtual EngineStats stats() const = 0;
};

}  // namespace warren::storage
