#pragma once
// The bytes of a stored message: the payload of an entry in the shard log and in segments. Drawn
// and explained in docs/internals/stored_message.md. Little-endian.
#include <cstddef>
#include <cstdint>

namespace warren::broker::message_format {

inline constexpr std::uint8_t type_message = 1;
inline constexpr std::uint8_t version = 1;

// The head: fixed offsets.
inline constexpr std::size_t type_at = 0;                // u8
inline constexpr std::size_t version_at = 1;             // u8
inline constexpr std::size_t flags_at = 2;               // u8, below
inline constexpr std::size_t priority_at = 3;            // u8
inline constexpr std::size_t death_mark_at = 4;          // u8, a DeathMark
inline constexpr std::size_t reserved_at = 5;            // u8, zero
inline constexpr std::size_t address_bytes_at = 6;       // u16
inline constexpr std::size_t header_bytes_at = 8;        // u32
inline constexpr std::size_t hidden_keys_bytes_at = 12;  // u32
inline constexpr std::size_t expiration_ms_at = 16;      // u64, all ones: none
inline constexpr std::size_t head_bytes = 24;
// Then address, header, hidden keys, and the body unless it is stored apart.

inline constexpr std::uint8_t flag_persistent = 1;  // delivery mode 2
inline constexpr std::uint8_t flag_headers = 2;     // the properties have a headers table
inline constexpr std::uint8_t flag_body_apart = 4;  // the body is not in the payload
inline constexpr std::uint8_t known_flags = 7;

}  // namespace warren::broker::message_format
