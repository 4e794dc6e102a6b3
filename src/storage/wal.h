#pragma once
// The write-ahead log: numbered files of numbered batches of records. wal_format.h draws the bytes.
//
// A batch is what one group commit writes; it lies in one file and counts as a whole or not at all.
// The caller decides when a new file begins and when a sync is due. Every batch says which batches
// were synced when it was written: so recovery can tell a tail that was never promised to anybody
// (cut, with a line in the log) from a promise that the disk has broken (damage, reported).
//
// WalBatch is filled on the shard; WalWriter lives in jobs of the log lane; read_wal() runs before
// the shard serves anybody.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/result.h"
#include "storage/file_io.h"
#include "storage/little_endian.h"
#include "storage/wal_format.h"

namespace warren::storage {

// On disk: numbers are never changed and never used for something else.
enum class RecordType : std::uint8_t {
    entry = 1,      // a message has come to a queue
    body = 2,       // a body that entries of the same batch refer to
    settle = 3,     // messages have left a queue
    run_state = 4,  // which messages of a run have left, said anew before older records go
    stop = 5,       // the node was stopped in good order; how far queues had delivered
    command = 6,    // a change of the metadata
    snapshot = 7,   // begins a snapshot of the metadata
    flushed = 8,    // how far a queue's messages had left the log for segments, said at start
};

// Far above the largest message.
inline constexpr std::size_t wal_payload_bytes_max = 0xffff'ff00;

// Where something lies, for messages to people.
struct FilePlace {
    std::string path;
    std::uint64_t offset = 0;
};

// Records of one group commit, in the layout of the file. Checksums and header are left to seal(),
// so that adding costs the shard little more than copying the payload.
class WalBatch {
public:
    WalBatch() = default;
    WalBatch(WalBatch&& other) noexcept { *this = std::move(other); }
    WalBatch& operator=(WalBatch&& other) noexcept;

    // Room for the payload of one more record, to be filled in, all of it, before the next call.
    std::span<std::byte> add(RecordType type, std::uint8_t version, std::size_t payload_bytes) {
        ENSURE(payload_bytes <= wal_payload_bytes_max);
        const std::size_t end = (empty() ? wal_format::batch_header_bytes : size_) +
                                wal_format::record_bytes(payload_bytes);
        if (end > capacity_) grow(end);
        std::byte* const record = data_.get() + end - wal_format::record_bytes(payload_bytes);
        // Padding, before the payload comes over it: what memory held before stays out of the file.
        store_little_endian<std::uint64_t>(data_.get() + end - wal_format::alignment, 0);
        store_little_endian(record,
                            wal_format::record_head(static_cast<std::uint8_t>(type), version,
                                                    static_cast<std::uint32_t>(payload_bytes)));
        size_ = end;
        ++records_;
        return {record + wal_format::record_header_bytes, payload_bytes};
    }
    bool empty() const { return records_ == 0; }
    // As it will be in the file; 0 when it is empty.
    std::size_t bytes() const { return size_; }
    std::uint32_t records() const { return records_; }
    // Header and checksums: on the log lane, right before writing. May be done again.
    void seal(std::uint64_t file_number, std::uint64_t batch_number, std::uint64_t synced_through);
    ByteView view() const { return {data_.get(), size_}; }
    // Keeps the memory if it was made use of, or is little.
    void clear();

private:
    void grow(std::size_t bytes);

    std::unique_ptr<std::byte[]> data_;  // never filled with zeros, as a vector would be
    std::size_t capacity_ = 0;
    std::size_t size_ = 0;  // with the header
    std::uint32_t records_ = 0;
};

// Writes the files of one log. Everything here blocks.
class WalWriter {
public:
    // Files are written to `folder`, which exists. `file_bytes`: how large files are made ahead.
    WalWriter(FileIo& io, std::string folder, std::uint64_t file_bytes);
    ~WalWriter();

    // Appends a sealed batch to the file of that number; a number above the last one begins a new
    // file. An error leaves the end where it was: the same batch may be written again after
    // IoError::disk_full().
    Result<void, IoError> write(const WalBatch& batch, std::uint64_t file_number);
    // All batches written so far are on stable storage, and the names of their files. After an
    // error nobody knows what is: every later call returns the same error.
    Result<void, IoError> sync();
    // The files up to that number are not needed any more. Two are kept to be written over. They
    // go in order, also in the eyes of a crash: what remains of a log has no holes.
    Result<void, IoError> retire(std::uint64_t file_number);

private:
    struct Files;
    std::unique_ptr<Files> files_;
};

// How large a batch of nothing is, and what a file holds before its first batch: for callers that
// decide when a file is full.
std::size_t wal_file_header_bytes();

// One record of a batch that has been found whole.
struct WalRecord {
    RecordType type{};  // as the file says: perhaps none of those above
    std::uint8_t version = 0;
    ByteView payload{};  // borrowed for the call
    std::uint64_t file_number = 0;
    std::uint64_t batch_number = 0;
    FilePlace place;  // of the record
};

// Something that was promised and cannot be read.
struct WalDamage {
    FilePlace place;
    std::uint64_t bytes = 0;
    std::string what;
    std::uint64_t last_file_number = 0;  // that it reaches into
};

struct WalReport {
    std::vector<std::uint64_t> files;  // numbers, rising
    std::uint64_t last_batch = 0;      // the highest number in use; 0: none
    std::uint64_t records = 0;
    // The end of the log that was never synced and is incomplete, cut off.
    bool tail_cut = false;
    FilePlace tail;
    std::uint64_t tail_bytes = 0;
    std::vector<WalDamage> damages;
};

// Reads the log of a folder from its oldest file to its end and calls `visit` for every record of
// every whole batch, in order. What is damaged is skipped and reported; the caller decides. Of a
// promised batch that is damaged, the sound records are visited.
//
// `repair` is for who will go on with the log, with file and batch numbers above those of the
// report: what is cut off is gone from the files, and what was visited is on stable storage, as
// those who write the next batch believe. An error: a file cannot be read, or is of a newer format.
Result<WalReport, IoError> read_wal(FileIo& io, const std::string& folder, bool repair,
                                    const std::function<void(const WalRecord&)>& visit);

}  // namespace warren::storage
