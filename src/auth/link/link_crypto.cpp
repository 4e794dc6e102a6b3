#include "auth/link/link_crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <memory>
#include <string>

namespace warren::auth {

namespace {

const unsigned char* raw(ByteView bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw(Bytes32& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

std::string joined(std::initializer_list<ByteView> pieces) {
    std::string text;
    for (const ByteView piece : pieces)
        text += as_text(piece);
    return text;
}

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

Key private_key_from(const Bytes32& bytes) {
    return Key(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, raw(bytes), bytes.size()));
}

}  // namespace

std::optional<LinkEntropy> fresh_link_entropy() {
    LinkEntropy entropy;
    if (RAND_bytes(raw(entropy.nonce), static_cast<int>(entropy.nonce.size())) != 1 ||
        RAND_priv_bytes(raw(entropy.private_key), static_cast<int>(entropy.private_key.size())) !=
            1)
        return std::nullopt;
    return entropy;
}

std::optional<Bytes32> sha256(std::initializer_list<ByteView> pieces) {
    const std::string input = joined(pieces);
    Bytes32 digest;
    if (EVP_Digest(input.data(), input.size(), raw(digest), nullptr, EVP_sha256(), nullptr) != 1)
        return std::nullopt;
    return digest;
}

std::optional<Bytes32> hmac_sha256(ByteView key, std::initializer_list<ByteView> pieces) {
    std::string input = joined(pieces);
    Bytes32 digest;
    const bool done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                           reinterpret_cast<const unsigned char*>(input.data()), input.size(),
                           raw(digest), nullptr) != nullptr;
    OPENSSL_cleanse(input.data(), input.size());
    if (!done) return std::nullopt;
    return digest;
}

bool is_same_secret(ByteView left, ByteView right) {
    return left.size() == right.size() &&
           CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::optional<Bytes32> public_key_of(const Bytes32& private_key) {
    const Key key = private_key_from(private_key);
    Bytes32 result;
    std::size_t bytes = result.size();
    if (!key || EVP_PKEY_get_raw_public_key(key.get(), raw(result), &bytes) != 1)
        return std::nullopt;
    return result;
}

std::optional<Bytes32> shared_secret(const Bytes32& private_key, ByteView public_key) {
    const Key own = private_key_from(private_key);
    const Key other(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, raw(public_key), public_key.size()));
    if (!own || !other) return std::nullopt;
    const std::unique_ptr<EVP_PKEY_CTX, FreeKey> context(EVP_PKEY_CTX_new(own.get(), nullptr));
    Bytes32 secret;
    std::size_t bytes = secret.size();
    if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
        EVP_PKEY_derive_set_peer(context.get(), other.get()) != 1 ||
        EVP_PKEY_derive(context.get(), raw(secret), &bytes) != 1)
        return std::nullopt;
    return secret;
}

}  // namespace warren::auth
