#include "storage/log_records.h"

#include "base/ensure.h"
#include "storage/little_endian.h"

namespace warren::storage {

namespace {

// The newest version of every payload; also the only one so far.
constexpr std::uint8_t version = 1;

constexpr std::uint8_t has_deadline = 1;
constexpr std::uint8_t has_body = 2;

constexpr std::size_t entry_fixed_bytes = 8 + 8 + 4 + 1 + 1 + 2;

}  // namespace

void add_entry(WalBatch& batch, QueueId queue, const EntryView& entry, std::uint64_t body) {
    const EntryHead& head = entry.head;
    std::uint8_t flags = 0;
    std::size_t bytes = entry_fixed_bytes + entry.payload[0].size() + entry.payload[1].size();
    if (head.deadline_ms != EntryHead::no_deadline) flags |= has_deadline, bytes += 8;
    if (body != 0) flags |= has_body, bytes += 8;
    std::byte* at = batch.add(RecordType::entry, version, bytes).data();
    at = store_little_endian(at, queue.value);
    at = store_little_endian(at, head.position);
    at = store_little_endian(at, head.body_bytes);
    at = store_little_endian(at, head.level);
    at = store_little_endian(at, flags);
    at = store_little_endian(at, std::uint16_t{0});
    if ((flags & has_deadline) != 0) at = store_little_endian(at, head.deadline_ms);
    if ((flags & has_body) != 0) at = store_little_endian(at, body);
    at = store_bytes(at, entry.payload[0]);
    store_bytes(at, entry.payload[1]);
}

std::optional<EntryRecord> read_entry(const WalRecord& record) {
    if (record.type != RecordType::entry || record.version != version) return std::nullopt;
    LittleEndianReader reader(record.payload);
    EntryRecord entry;
    entry.queue = {reader.read<std::uint64_t>()};
    entry.head.position = reader.read<std::uint64_t>();
    entry.head.body_bytes = reader.read<std::uint32_t>();
    entry.head.level = reader.read<std::uint8_t>();
    const auto flags = reader.read<std::uint8_t>();
    reader.read<std::uint16_t>();
    if ((flags & has_deadline) != 0) entry.head.deadline_ms = reader.read<std::int64_t>();
    if ((flags & has_body) != 0) entry.body = reader.read<std::uint64_t>();
    entry.payload = reader.rest();
    if (!reader.ok()) return std::nullopt;
    return entry;
}

void add_body(WalBatch& batch, std::uint64_t number, ByteView body) {
    std::byte* at = batch.add(RecordType::body, version, 8 + body.size()).data();
    store_bytes(store_little_endian(at, number), body);
}

std::optional<BodyRecord> read_body(const WalRecord& record) {
    if (record.type != RecordType::body || record.version != version) return std::nullopt;
    LittleEndianReader reader(record.payload);
    const auto number = reader.read<std::uint64_t>();
    if (!reader.ok()) return std::nullopt;
    return BodyRecord{number, reader.rest()};
}

void add_settle(WalBatch& batch, QueueId queue, std::span<const PositionRange> ranges) {
    std::byte* at = batch.add(RecordType::settle, version, 8 + 16 * ranges.size()).data();
    at = store_little_endian(at, queue.value);
    for (const PositionRange& range : ranges) {
        at = store_little_endian(at, range.first);
        at = store_little_endian(at, range.last);
    }
}

std::optional<SettleRecord> read_settle(const WalRecord& record) {
    if (record.type != RecordType::settle || record.version != version) return std::nullopt;
    LittleEndianReader reader(record.payload);
    SettleRecord settle;
    settle.queue = {reader.read<std::uint64_t>()};
    while (reader.ok() && !reader.complete()) {
        const auto first = reader.read<std::uint64_t>();
        const auto last = reader.read<std::uint64_t>();
        if (first > last) return std::nullopt;
        settle.ranges.push_back({first, last});
    }
    if (!reader.ok()) return std::nullopt;
    return settle;
}

void add_run_state(WalBatch& batch, const RunStateRecord& record) {
    std::byte* at = batch.add(RecordType::run_state, version, 20 + record.state.size()).data();
    at = store_little_endian(at, record.queue.value);
    at = store_little_endian(at, record.segment);
    at = store_little_endian(at, record.run);
    store_bytes(at, record.state);
}

std::optional<RunStateRecord> read_run_state(const WalRecord& record) {
    if (record.type != RecordType::run_state || record.version != version) return std::nullopt;
    LittleEndianReader reader(record.payload);
    RunStateRecord state;
    state.queue = {reader.read<std::uint64_t>()};
    state.segment = reader.read<std::uint64_t>();
    state.run = reader.read<std::uint32_t>();
    state.state = reader.rest();
    if (!reader.ok()) return std::nullopt;
    return state;
}

void add_stop(WalBatch& batch, const StopRecord& record) {
    const auto& queues = record.delivered_through;
    std::byte* at = batch.add(RecordType::stop, version, 16 * queues.size()).data();
    for (const auto& [queue, through] : queues)
        at = store_little_endian(store_little_endian(at, queue.value), through);
}

std::optional<StopRecord> read_stop(const WalRecord& record) {
    if (record.type != RecordType::stop || record.version != version) return std::nullopt;
    LittleEndianReader reader(record.payload);
    StopRecord stop;
    while (reader.ok() && !reader.complete()) {
        const QueueId queue{reader.read<std::uint64_t>()};
        stop.delivered_through.emplace_back(queue, reader.read<std::uint64_t>());
    }
    if (!reader.ok()) return std::nullopt;
    return stop;
}

void add_flushed(WalBatch& batch, const FlushedRecord& record) {
    std::byte* at = batch.add(RecordType::flushed, version, 16).data();
    store_little_endian(store_little_endian(at, record.queue.value), record.through);
}

std::optional<FlushedRecord> read_flushed(const WalRecord& record) {
    if (record.type != RecordType::flushed || record.version != version) return std::nullopt;
    LittleEndianReader reader(record.payload);
    FlushedRecord flushed;
    flushed.queue = {reader.read<std::uint64_t>()};
    flushed.through = reader.read<std::uint64_t>();
    if (!reader.ok()) return std::nullopt;
    return flushed;
}

}  // namespace warren::storage
