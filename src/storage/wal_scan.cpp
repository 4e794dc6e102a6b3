#include "storage/wal_scan.h"

#include <algorithm>

namespace warren::storage {

namespace {

// The rest of the batch, as far as the file has it.
ByteView rest_of(ByteView file, const FoundBatch& batch, std::uint64_t offset) {
    const std::uint64_t end = std::min<std::uint64_t>(batch.end(), file.size());
    return offset < end ? file.subspan(offset, end - offset) : ByteView{};
}

std::uint64_t seed_of(const FoundBatch& batch) {
    return wal_format::record_seed(batch.header.file_number, batch.header.batch_number);
}

}  // namespace

std::optional<FoundBatch> batch_at(ByteView file, std::uint64_t file_number, std::uint64_t offset) {
    if (offset >= file.size()) return std::nullopt;
    const auto header = wal_format::read_batch_header(file.subspan(offset));
    if (!header || header->file_number != file_number) return std::nullopt;
    return FoundBatch{.offset = offset, .header = *header};
}

std::optional<FoundBatch> find_batch(ByteView file, std::uint64_t file_number, std::uint64_t offset,
                                     std::uint64_t batch_number_min) {
    for (; offset < file.size(); offset += wal_format::alignment) {
        const auto found = batch_at(file, file_number, offset);
        if (found && found->header.batch_number >= batch_number_min) return found;
    }
    return std::nullopt;
}

bool batch_is_whole(ByteView file, const FoundBatch& batch) {
    if (batch.end() > file.size()) return false;
    const std::uint64_t seed = seed_of(batch);
    ByteView rest = rest_of(file, batch, batch.offset + wal_format::batch_header_bytes);
    std::uint32_t records = 0;
    for (; !rest.empty(); ++records) {
        const auto record = wal_format::read_record_head(rest, seed);
        if (!record || !wal_format::record_is_sound(*record, rest, seed)) return false;
        rest = rest.subspan(record->bytes());
    }
    return records == batch.header.records;
}

void for_each_record(ByteView file, const FoundBatch& batch, const RecordVisitor& visit) {
    const std::uint64_t seed = seed_of(batch);
    std::uint64_t offset = batch.offset + wal_format::batch_header_bytes;
    while (offset < batch.end()) {
        const auto record =
            wal_format::read_record_head(file.subspan(offset, batch.end() - offset), seed);
        visit(offset, *record);
        offset += record->bytes();
    }
}

void for_each_sound_record(ByteView file, const FoundBatch& batch, const RecordVisitor& visit,
                           const LossVisitor& lost) {
    const std::uint64_t seed = seed_of(batch);
    std::uint64_t offset = batch.offset + wal_format::batch_header_bytes;
    std::uint64_t lost_from = offset;
    for (;;) {
        const ByteView rest = rest_of(file, batch, offset);
        if (rest.empty()) break;
        const auto record = wal_format::read_record_head(rest, seed);
        // One head in 65,536 that is none looks like one: only a sound record is believed at once,
        // a damaged one is stepped over by its length if another head follows.
        const bool sound = record && wal_format::record_is_sound(*record, rest, seed);
        if (sound) {
            if (offset != lost_from) lost(lost_from, offset - lost_from);
            visit(offset, *record);
            offset += record->bytes();
            lost_from = offset;
            continue;
        }
        const bool leads_on =
            record && (record->bytes() == rest.size() ||
                       wal_format::read_record_head(rest.subspan(record->bytes()), seed));
        offset += leads_on ? record->bytes() : wal_format::alignment;
    }
    if (lost_from != batch.end()) lost(lost_from, batch.end() - lost_from);
}

}  // namespace warren::storage
