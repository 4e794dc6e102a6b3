#pragma once
// What the bytes of one log file say: whole batches, what can be saved of a broken one, and where
// the next one is. Knows no files and promises; wal_reader.cpp does.
#include <cstdint>
#include <functional>
#include <optional>

#include "base/bytes.h"
#include "storage/wal_format.h"

namespace warren::storage {

struct FoundBatch {
    std::uint64_t offset = 0;  // in the file
    wal_format::BatchHeader header;

    std::uint64_t end() const { return offset + header.bytes; }
};

// The batch of that file whose header is at `offset`; none if there is none or the header is not
// sound. The batch may be broken or cut off for all that.
std::optional<FoundBatch> batch_at(ByteView file, std::uint64_t file_number, std::uint64_t offset);
// The first such batch at `offset` or behind it with at least that number.
std::optional<FoundBatch> find_batch(ByteView file, std::uint64_t file_number, std::uint64_t offset,
                                     std::uint64_t batch_number_min);

// Every record is there and sound.
bool batch_is_whole(ByteView file, const FoundBatch& batch);
// Called with the offset of each record in the file.
using RecordVisitor = std::function<void(std::uint64_t offset, const wal_format::Record& record)>;
// Of a whole batch.
void for_each_record(ByteView file, const FoundBatch& batch, const RecordVisitor& visit);

// Of a broken batch: the sound records in order, and the stretches between them.
using LossVisitor = std::function<void(std::uint64_t offset, std::uint64_t bytes)>;
void for_each_sound_record(ByteView file, const FoundBatch& batch, const RecordVisitor& visit,
                           const LossVisitor& lost);

}  // namespace warren::storage
