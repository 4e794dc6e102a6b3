#include "broker/quorum/raft_record.h"

#include <utility>

#include "storage/little_endian.h"

namespace warren::broker {

using storage::store_little_endian;

namespace {
constexpr std::uint8_t type_record = 3;
constexpr std::uint8_t version = 1;
constexpr std::size_t head_bytes = 24;
}  // namespace

ByteView RaftRecord::command() const {
    if (entry_ == 0) return {};
    return as_bytes(payload_).subspan(head_bytes);
}

void RaftRecord::replace(storage::QueueLog& log, std::uint64_t entry, const RaftPlace& place,
                         const QuorumCommand& command) {
    payload_.resize(head_bytes);
    auto* at = reinterpret_cast<std::byte*>(payload_.data());
    at = store_little_endian(at, type_record);
    at = store_little_endian(at, version);
    at = store_little_endian(at, std::uint16_t{0});
    at = store_little_endian(at, std::uint32_t{0});
    at = store_little_endian(at, place.index);
    store_little_endian(at, place.term);
    append_encoded(command, payload_);
    log.append({{.position = entry, .level = log_level}, {as_bytes(payload_), {}}, {}});
    if (entry_ != 0) log.settle(log_level, entry_);
    entry_ = entry;
    place_ = place;
}

Result<void, std::string> RaftRecord::restore(const storage::LoadedEntry& entry) {
    storage::LittleEndianReader reader(entry.payload);
    const auto type = reader.read<std::uint8_t>();
    const auto written_by = reader.read<std::uint8_t>();
    const auto reserved = reader.read<std::uint16_t>() + reader.read<std::uint32_t>();
    RaftPlace place;
    place.index = reader.read<std::uint64_t>();
    place.term = reader.read<std::uint64_t>();
    if (!reader.ok() || type != type_record || reserved != 0 || place.index == 0)
        return fail(std::string("an entry that is no Raft entry"));
    if (written_by != version)
        return fail("a Raft entry of the unknown version " + std::to_string(written_by));
    if (const auto command = decode_quorum_command(reader.rest()); !command)
        return fail(command.error());
    const std::uint64_t position = entry.head.position;
    if (entry_ > position) {
        replaced_.push_back(position);
        return {};
    }
    if (entry_ != 0) replaced_.push_back(entry_);
    entry_ = position;
    place_ = place;
    payload_.assign(as_text(entry.payload));
    return {};
}

void RaftRecord::settle_replaced(storage::QueueLog& log) {
    for (const std::uint64_t entry : replaced_)
        log.settle(log_level, entry);
    replaced_ = {};
}

void RaftRecord::collect(std::uint64_t after, std::uint64_t through,
                         storage::EntrySink& sink) const {
    if (!lies_in(after, through)) return;
    sink.take({{.position = entry_, .level = log_level}, {as_bytes(payload_), {}}, {}});
}

void RaftRecord::add_kept(std::uint64_t after, std::uint64_t through,
                          std::vector<storage::EntryPlace>& kept) const {
    if (lies_in(after, through)) kept.push_back({log_level, entry_});
}

}  // namespace warren::broker
