#pragma once
// The bytes of a stored key: the payload of an entry in a log of keys. Drawn and explained in
// docs/internals/deduplication.md. Little-endian.
#include <cstddef>
#include <cstdint>

namespace warren::broker::key_log_format {

inline constexpr std::uint8_t type_key = 4;
inline constexpr std::uint8_t version = 1;

inline constexpr std::size_t type_at = 0;      // u8
inline constexpr std::size_t version_at = 1;   // u8
inline constexpr std::size_t reserved_at = 2;  // u16, zero
inline constexpr std::size_t low_at = 4;       // u64, of the fingerprint
inline constexpr std::size_t high_at = 12;     // u64
inline constexpr std::size_t key_bytes = 20;

}  // namespace warren::broker::key_log_format
