#pragma once
// The bytes of the write-ahead log, and nothing about files. Drawn for people in
// docs/internals/wal_format.md. All numbers are little-endian.
//
// File: header, then batches, each behind the other.
//
//    0  magic            8  "WARREN-W"
//    8  format version   4
//   12  zero             4
//   16  file number      8
//   24  zero            32
//   56  checksum         8  of bytes 0 to 55
//
// Batch: at an offset that is a multiple of 8; header, then records.
//
//    0  magic            4  "WBAT"
//    4  format version   2
//    6  zero             2
//    8  bytes            8  with this header; a multiple of 8
//   16  file number      8
//   24  batch number     8
//   32  synced through   8  number of a batch: it and those before it were on stable storage
//   40  records          4
//   44  zero            12
//   56  checksum         8  of bytes 0 to 55
//
// Record: header, payload, zeros up to a multiple of 8.
//
//    0  type             1
//    1  version          1  of the payload
//    2  head check       2  of type, version and payload bytes: where the next record begins is
//                           known although this one's payload is damaged
//    4  payload bytes    4
//    8  checksum         8  of type, version, payload bytes and payload
//
// Both checks of a record depend on the file number and the batch number as well, and a batch's
// header names its file: what an earlier file has left behind in a file that is written over never
// counts. Checksums are XXH3-64.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace warren::storage::wal_format {

inline constexpr std::uint32_t format_version = 1;
inline constexpr std::size_t alignment = 8;
inline constexpr std::size_t file_header_bytes = 64;
inline constexpr std::size_t batch_header_bytes = 64;
inline constexpr std::size_t record_header_bytes = 16;

constexpr std::uint64_t aligned(std::uint64_t bytes) {
    return (bytes + (alignment - 1)) & ~std::uint64_t{alignment - 1};
}
// What a record takes in a batch.
constexpr std::uint64_t record_bytes(std::uint64_t payload_bytes) {
    return record_header_bytes + aligned(payload_bytes);
}

struct FileHeader {
    std::uint32_t version = format_version;
    std::uint64_t file_number = 0;
};
void write_file_header(std::byte* at, const FileHeader& header);
// None: it is cut off or damaged, or no header.
std::optional<FileHeader> read_file_header(ByteView bytes);

struct BatchHeader {
    std::uint16_t version = format_version;
    std::uint64_t bytes = 0;
    std::uint64_t file_number = 0;
    std::uint64_t batch_number = 0;
    std::uint64_t synced_through = 0;
    std::uint32_t records = 0;
};
void write_batch_header(std::byte* at, const BatchHeader& header);
// None: it is cut off or damaged, or no header.
std::optional<BatchHeader> read_batch_header(ByteView bytes);
// There was meant to be a header of that file here, sound or not.
bool resembles_batch_header(ByteView bytes, std::uint64_t file_number);

// The first 8 bytes of a record, before it is sealed.
constexpr std::uint64_t record_head(std::uint8_t type, std::uint8_t version,
                                    std::uint32_t payload_bytes) {
    return type | std::uint64_t{version} << 8 | std::uint64_t{payload_bytes} << 32;
}
// What makes records of one batch unlike those of another.
std::uint64_t record_seed(std::uint64_t file_number, std::uint64_t batch_number);
// Fills in both checks. Returns the bytes of the record.
std::uint64_t seal_record(std::byte* at, std::uint64_t seed);

struct Record {
    std::uint8_t type = 0;
    std::uint8_t version = 0;
    ByteView payload;

    std::uint64_t bytes() const { return record_bytes(payload.size()); }
};
// Type, version and payload of the record that `bytes` begin with; none if its head is damaged or
// it would not fit in.
std::optional<Record> read_record_head(ByteView bytes, std::uint64_t seed);
// The whole record is sound. `record` has come from read_record_head() of the same bytes.
bool record_is_sound(const Record& record, ByteView bytes, std::uint64_t seed);

// "00000000000000000007": as many digits as the largest number has, so that names sort like
// numbers.
std::string file_digits(std::uint64_t number);
std::optional<std::uint64_t> number_of_digits(std::string_view digits);

// "00000000000000000007.wal"
std::string file_name(std::uint64_t number);
// None: not the name of a log file.
std::optional<std::uint64_t> file_number_of(std::string_view name);

}  // namespace warren::storage::wal_format
