#pragma once
// The bytes of a stream's entries in its log: messages at level 0, one entry a chunk at level 1.
// Drawn and explained in docs/internals/stream_format.md. Little-endian.
#include <cstddef>
#include <cstdint>

namespace warren::broker::stream_format {

inline constexpr std::uint8_t message_level = 0;
inline constexpr std::uint8_t chunk_level = 1;

inline constexpr std::uint8_t type_message = 32;
inline constexpr std::uint8_t type_chunk = 33;
inline constexpr std::uint8_t version = 1;

inline constexpr std::size_t filter_bytes_max = 255;

// Both begin with type and version.
namespace message {
inline constexpr std::size_t filter_bytes_at = 2;  // u8, of the filter behind the head
inline constexpr std::size_t reserved_at = 3;      // u8, zero
inline constexpr std::size_t batch_index_at = 4;   // u16, place in its batch
inline constexpr std::size_t batch_count_at = 6;   // u16, messages of its batch; 0 unless the first
inline constexpr std::size_t offset_at = 8;        // u64
inline constexpr std::size_t timestamp_at = 16;    // i64, of the batch: ms since 1970
inline constexpr std::size_t head_bytes = 24;
// Then the filter of the batch (its first message only), then a stored message.
}  // namespace message

namespace chunk {
inline constexpr std::size_t filter_bytes_at = 2;        // u8, of the filter at the end
inline constexpr std::size_t flags_at = 3;               // u8, below
inline constexpr std::size_t count_at = 4;               // u32, messages
inline constexpr std::size_t first_offset_at = 8;        // u64
inline constexpr std::size_t first_position_at = 16;     // u64
inline constexpr std::size_t first_timestamp_at = 24;    // i64
inline constexpr std::size_t last_timestamp_at = 32;     // i64
inline constexpr std::size_t last_batch_offset_at = 40;  // u64, of its last batch's first message
inline constexpr std::size_t bytes_at = 48;     // u64, of its messages, as retention counts
inline constexpr std::size_t batches_at = 56;   // u32
inline constexpr std::size_t reserved_at = 60;  // u32, zero
inline constexpr std::size_t head_bytes = 64;
// Then the filter.

inline constexpr std::uint8_t flag_begins_segment = 1;
}  // namespace chunk

}  // namespace warren::broker::stream_format
