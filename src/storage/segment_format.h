#pragma once
// The bytes of a segment file, drawn once here and once in docs/internals/segment_format.md. All
// numbers are little-endian. What is read from a file is checked here before anybody relies on it.
//
//   file      header | bodies | payloads of all runs | index rows of all runs | footer | trailer
//
//   header    0 magic u64   8 version u16   10 zero   16 number u64   24 zero
//   64 bytes  56 checksum u64 of what is before
//
//   body      0 type u8 (1)   1 version u8   2 zero u16   4 bytes u32   8 checksum u64
//   16 + n    16 the body, then zeros up to a multiple of 8; bodies begin at multiples of 8
//
//   row        0 position u32, above the run's first
//   40 bytes   4 payload offset u32, from the run's data_offset
//              8 payload bytes u32: 30 bits; bit 31: persistent
//             12 body_bytes u32
//             16 deadline_ms i64
//             24 place of the body u32: its offset in the file divided by 8; 0: none
//             28 bytes of that body u32
//             32 checksum u32 of the payload
//             36 checksum u32 of the row so far
//
//   footer     0 type u8 (2)   1 version u8   2 zero   4 runs u32   8 number u64
//              16 replaced files u32   20 zero u32
//              24 numbers of the replaced files u64 each, then the runs:
//   run        0 queue u64   8 first position u64   16 last position u64   24 flushed_through u64
//   88 bytes  32 body_bytes u64   40 first_deadline_ms i64   48 data_offset u64
//             56 data_bytes u64   64 index_offset u64   72 count u32   76 persistent_count u32
//             80 level u8   81 flags u8 (1: deadlines in order)   82 zero
//
//   trailer    0 magic u64   8 footer offset u64   16 footer bytes u64
//   40 bytes  24 checksum u64 of the footer   32 checksum u64 of the trailer so far
//
// Checksums are XXH3-64, or its lower half. Those of rows, payloads and bodies are seeded with what
// they belong to, so that intact bytes in a wrong place are not taken for right ones.
#include <cstdint>
#include <optional>
#include <vector>

#include "storage/segment.h"

namespace warren::storage::segment_format {

inline constexpr std::uint64_t header_magic = 0x316d'6765'536e'7257;   // "WrnSegm1"
inline constexpr std::uint64_t trailer_magic = 0x3174'6f6f'466e'7257;  // "WrnFoot1"
inline constexpr std::uint16_t file_version = 1;
inline constexpr std::uint8_t body_type = 1;
inline constexpr std::uint8_t body_version = 1;
inline constexpr std::uint8_t footer_type = 2;
inline constexpr std::uint8_t footer_version = 1;

inline constexpr std::size_t header_bytes = 64;
inline constexpr std::size_t body_head_bytes = 16;
inline constexpr std::size_t body_alignment = 8;
inline constexpr std::size_t row_bytes = 40;
inline constexpr std::size_t footer_head_bytes = 24;
inline constexpr std::size_t replaced_bytes = 8;
inline constexpr std::size_t run_bytes = 88;
inline constexpr std::size_t trailer_bytes = 40;

// What fits into a row.
inline constexpr std::uint64_t payload_bytes_max = (1u << 30) - 1;
inline constexpr std::uint64_t position_span_max = UINT32_MAX;
inline constexpr std::uint64_t run_data_bytes_max = UINT32_MAX;
inline constexpr std::uint64_t body_offset_max = std::uint64_t{UINT32_MAX} * body_alignment;

// Why bytes cannot be used, for messages to people.
using Complaint = const char*;

// ---- header ----
void write_header(std::byte* at, std::uint64_t number);
Result<std::uint64_t, Complaint> read_header(ByteView bytes);  // the number

// ---- bodies ----
// In the file, with head and padding.
constexpr std::uint64_t stored_body_bytes(std::uint64_t body_bytes) {
    const std::uint64_t bytes = body_head_bytes + body_bytes;
    return (bytes + body_alignment - 1) / body_alignment * body_alignment;
}
// Head and padding without the checksum; the body is put in between by the caller.
void write_body_frame(std::byte* at, std::uint32_t body_bytes);
// How long a body is that was written by write_body_frame().
std::uint32_t framed_body_bytes(const std::byte* at);
void seal_body(std::byte* at, std::uint64_t number, std::uint64_t offset);
// The body in `stored` (head and body, without padding), which was read from `offset`.
Result<ByteView, Complaint> read_body(ByteView stored, std::uint64_t number, std::uint64_t offset);

// ---- rows ----
// Identifies a run; goes into the checksums of its rows and payloads.
std::uint64_t run_seed(std::uint64_t number, const RunSummary& run);
// Without the checksums.
void write_row(std::byte* at, const RunSummary& run, const IndexRow& row);
// How long the payload of a row is that was written by write_row().
std::uint32_t written_payload_bytes(const std::byte* at);
void seal_row(std::byte* at, const RunSummary& run, std::uint64_t seed, std::uint32_t row_number,
              ByteView payload);
IndexRow read_row(const std::byte* at, const RunSummary& run, std::uint64_t seed,
                  std::uint32_t row_number);
bool payload_matches(ByteView payload, std::uint64_t seed, const IndexRow& row);

// ---- footer and trailer ----
std::uint64_t footer_bytes(const SegmentSummary& summary);
// With the trailer.
std::vector<std::byte> write_footer(const SegmentSummary& summary, std::uint64_t offset);

struct FooterPlace {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::uint64_t checksum = 0;
};
Result<FooterPlace, Complaint> read_trailer(ByteView bytes, std::uint64_t file_bytes);
// Every run of it lies inside the file, and its rows may be counted on to do so.
Result<SegmentSummary, Complaint> read_footer(ByteView bytes, const FooterPlace& place);
// One run of a footer that begins there and is not known to be intact: with another count of rows
// if one is given, and with the widest sense that it makes in a file with that footer. None if it
// makes none.
std::optional<RunSummary> read_run_alone(ByteView bytes, std::uint64_t footer_offset,
                                         std::optional<std::uint32_t> count = std::nullopt);

}  // namespace warren::storage::segment_format
