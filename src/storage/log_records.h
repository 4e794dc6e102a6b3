#pragma once
// The payloads of a shard log's records, and nothing else about them: docs/internals/wal_format.md
// draws the bytes. Each has a version; what is read may be of an older one.
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "storage/entry.h"
#include "storage/wal.h"

namespace warren::storage {

// Positions first to last, both included.
struct PositionRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    friend bool operator==(const PositionRange&, const PositionRange&) = default;
};

// RecordType::entry. `body` numbers a body record of the same batch; 0: none.
struct EntryRecord {
    QueueId queue;
    EntryHead head;
    std::uint64_t body = 0;
    ByteView payload;
};
// RecordType::body.
struct BodyRecord {
    std::uint64_t number = 0;
    ByteView body;
};
// RecordType::settle.
struct SettleRecord {
    QueueId queue;
    std::vector<PositionRange> ranges;
};
// RecordType::run_state: what Run::encode_state() gives, for the run of that place in the footer of
// that segment.
struct RunStateRecord {
    QueueId queue;
    std::uint64_t segment = 0;
    std::uint32_t run = 0;
    ByteView state;
};
// RecordType::stop: for each queue that holds messages, how far it has delivered.
struct StopRecord {
    std::vector<std::pair<QueueId, std::uint64_t>> delivered_through;
};

// RecordType::flushed: see RunSummary::flushed_through; said for entries ahead of it in the log.
struct FlushedRecord {
    QueueId queue;
    std::uint64_t through = 0;
};

void add_entry(WalBatch& batch, QueueId queue, const EntryView& entry, std::uint64_t body);
void add_body(WalBatch& batch, std::uint64_t number, ByteView body);
void add_settle(WalBatch& batch, QueueId queue, std::span<const PositionRange> ranges);
void add_run_state(WalBatch& batch, const RunStateRecord& record);
void add_stop(WalBatch& batch, const StopRecord& record);
void add_flushed(WalBatch& batch, const FlushedRecord& record);

// None: the payload is not one of that type and version.
std::optional<EntryRecord> read_entry(const WalRecord& record);
std::optional<BodyRecord> read_body(const WalRecord& record);
std::optional<SettleRecord> read_settle(const WalRecord& record);
std::optional<RunStateRecord> read_run_state(const WalRecord& record);
std::optional<StopRecord> read_stop(const WalRecord& record);
std::optional<FlushedRecord> read_flushed(const WalRecord& record);

}  // namespace warren::storage
