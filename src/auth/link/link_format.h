#pragma once
// A link: how a command line (and later another node) speaks to a node over TCP once both have
// shown that they know the cluster's cookie. docs/command_line.md says what it is good for. Numbers
// are big-endian.
//
//   message      u16 bytes, then so many bytes
//
//   client       hello     "WARREN" u8 version u8 purpose | nonce 32 | X25519 public key 32
//   node         hello     "WARREN" u8 version u8 0       | nonce 32 | X25519 public key 32 | name
//   client       proof     HMAC 32
//   node         verdict   u8 1 | HMAC 32          or  u8 0
//
//   transcript = SHA-256(client's hello, node's hello, binding of the TLS connection below, if any)
//   secret     = HMAC(cookie; "link", transcript, X25519 shared secret)
//   proofs and keys = HMAC(secret; what it is for)
//
// All HMACs are HMAC-SHA-256. The client proves first: whoever only asks learns nothing that
// guesses at the cookie could be compared with. Then, each way with a key of its own:
//
//   frame        u16 bytes of content, 1..16384 | content, AES-256-GCM | tag 16
//
// The length is authenticated with the frame; the nonce is the number of the frame, from 0.
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace warren::auth::link_format {

inline constexpr std::string_view magic = "WARREN";
inline constexpr std::uint8_t version = 1;
inline constexpr std::uint8_t purpose_command_line = 1;

inline constexpr std::size_t nonce_bytes = 32;
inline constexpr std::size_t key_bytes = 32;
inline constexpr std::size_t proof_bytes = 32;
inline constexpr std::size_t hello_bytes = magic.size() + 2 + nonce_bytes + key_bytes;
inline constexpr std::size_t name_bytes_max = 255;
inline constexpr std::size_t message_bytes_max = hello_bytes + name_bytes_max;

inline constexpr std::size_t frame_content_bytes_max = 16'384;
inline constexpr std::size_t frame_length_bytes = 2;
inline constexpr std::size_t frame_tag_bytes = 16;
inline constexpr std::size_t frame_overhead_bytes = frame_length_bytes + frame_tag_bytes;

}  // namespace warren::auth::link_format
