#pragma once
// RabbitMQ's salted password hashes: hash(salt + password), stored as the four salt bytes followed
// by the digest and exchanged in definitions files as base64 of both. A hash that is shorter than a
// salt (the empty one above all) belongs to a user who cannot log in by password.
//
// Hashing is done once, by whoever makes the command that carries the hash; replicas only store and
// compare.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warren::auth {

enum class HashingAlgorithm : std::uint8_t { sha256, sha512, md5 };

// Names as in rabbitmq.conf (password_hashing_module) and definitions (hashing_algorithm):
// rabbit_password_hashing_sha256.
std::string_view module_name(HashingAlgorithm algorithm);
std::optional<HashingAlgorithm> hashing_algorithm_named(std::string_view module_name);

struct PasswordHash {
    HashingAlgorithm algorithm = HashingAlgorithm::sha256;
    std::string salt_and_digest;  // bytes, not text

    friend bool operator==(const PasswordHash&, const PasswordHash&) = default;
};

inline constexpr std::size_t salt_bytes = 4;

// Hash under a fresh random salt. A blank password gives a hash that nobody can log in with.
PasswordHash hash_password(std::string_view password, HashingAlgorithm algorithm);
// Hash under a given salt of salt_bytes bytes.
PasswordHash hash_password(std::string_view password, HashingAlgorithm algorithm,
                           std::string_view salt);

// Takes the same time wherever the digests differ. False for blank passwords and hashes without a
// digest.
bool password_matches(const PasswordHash& hash, std::string_view password);

// Standard base64 with padding (RFC 4648, section 4), as Erlang's base64 module reads and writes
// it.
std::string encode_base64(std::string_view bytes);
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace warren::auth
