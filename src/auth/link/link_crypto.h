#pragma once
// What links need of OpenSSL. A function without a value was refused by it, as a policy of the
// system may do.
#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>

#include "base/bytes.h"

namespace warren::auth {

// A digest, a nonce or a key.
using Bytes32 = std::array<std::byte, 32>;

// What must be new for each link.
struct LinkEntropy {
    Bytes32 nonce;
    Bytes32 private_key;
};
std::optional<LinkEntropy> fresh_link_entropy();

std::optional<Bytes32> sha256(std::initializer_list<ByteView> pieces);
std::optional<Bytes32> hmac_sha256(ByteView key, std::initializer_list<ByteView> pieces);
// Takes as long wherever they differ.
bool is_same_secret(ByteView left, ByteView right);

// X25519.
std::optional<Bytes32> public_key_of(const Bytes32& private_key);
// Nothing as well for a public key that would make the secret known to everybody.
std::optional<Bytes32> shared_secret(const Bytes32& private_key, ByteView public_key);

}  // namespace warren::auth
