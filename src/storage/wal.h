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
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "storage/file_io.h"

namespace warren::storage {

// On disk: numbers are never changed and never used for something else.
enum class RecordType : std::uint8_t {
    entry = 1,      // a message has come to a queue
    body = 2,       // a body that entries of the same batch refer to
    settle = 3,     // messages have left a queue
    run_state = 4,  // which messages of a run have left, said anew before older records go
    stop = 5,       // the node was stopped in good order; how far queues had delivered
    command = 6,    // a change of the metadata
};

// Where something lies, for messages to people.
struct FilePlace {
    std::string path;
    std::uint64_t offset = 0;
};

class WalBatch {
public:
    // Room for the payload of one more record, to be filled in before the next call.
    std::span<std::byte> add(RecordType type, std::uint8_t version, std::size_t payload_bytes);
    bool empty() const;
    // As it will be in the file.
    std::size_t bytes() const;
    std::uint32_t records() const;
    // Header, padding and checksums: on the log lane, right before writing.
    void seal(std::uint64_t file_number, std::uint64_t batch_number, std::uint64_t synced_through);
    ByteView view() const;
    // Keeps a little memory for the next batch.
    void clear();

private:
    std::vector<std::byte> bytes_;
    std::vector<std::size_t> starts_;  // of records
};

// Writes the files of one log. Everything here blocks.
class WalWriter {
public:
    // Files are written to `folder`, which exists. `files_bytes`: how large files are made ahead.
    WalWriter(FileIo& io, std::string folder, std::uint64_t file_bytes);
    ~WalWriter();

    // Appends a sealed batch to the file of that number; a number above the last one begins a new
    // file. An error leaves the end where it was: the same batch may be written again after
    // IoError::disk_full().
    Result<void, IoError> write(const WalBatch& batch, std::uint64_t file_number);
    // All batches written so far are on stable storage.
    Result<void, IoError> sync();
    // The files up to that number are not needed any more. A few are kept to be written over.
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
    RecordType type;
    std::uint8_t version = 0;
    ByteView payload;  // borrowed for the call
    std::uint64_t file_number = 0;
    std::uint64_t batch_number = 0;
    FilePlace place;  // of the record
};

// Something that was promised and cannot be read.
struct WalDamage {
    FilePlace place;
    std::uint64_t bytes = 0;
    std::string what;
};

struct WalReport {
    std::vector<std::uint64_t> files;  // numbers, rising
    std::uint64_t last_batch = 0;      // number; 0 when there is none
    std::uint64_t records = 0;
    // The end of the log that was never synced and is incomplete, cut off.
    bool tail_cut = false;
    FilePlace tail;
    std::uint64_t tail_bytes = 0;
    std::vector<WalDamage> damages;
};

// Reads the log of a folder from its oldest file to its end and calls `visit` for every record of
// every whole batch, in order. What is damaged is skipped and reported; the caller decides. With
// `repair` a torn tail is cut in the file as well, so that later batches may follow.
Result<WalReport, IoError> read_wal(FileIo& io, const std::string& folder, bool repair,
                                    const std::function<void(const WalRecord&)>& visit);

}  // namespace warren::storage
