#include "auth/password_hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>

#include "base/ensure.h"

namespace warren::auth {

namespace {

struct NamedAlgorithm {
    std::string_view module_name;
    HashingAlgorithm algorithm;
};
constexpr NamedAlgorithm algorithms[] = {
    {"rabbit_password_hashing_sha256", HashingAlgorithm::sha256},
    {"rabbit_password_hashing_sha512", HashingAlgorithm::sha512},
    {"rabbit_password_hashing_md5", HashingAlgorithm::md5},
};

const EVP_MD* digest_of(HashingAlgorithm algorithm) {
    switch (algorithm) {
        case HashingAlgorithm::sha256:
            return EVP_sha256();
        case HashingAlgorithm::sha512:
            return EVP_sha512();
        case HashingAlgorithm::md5:
            return EVP_md5();
    }
    ENSURE(!"known hashing algorithm");
    return nullptr;
}

// Empty when OpenSSL refuses the algorithm, as it does MD5 under a FIPS policy.
std::string salted_digest(std::string_view salt, std::string_view password,
                          HashingAlgorithm algorithm) {
    std::string input(salt);
    input += password;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned int digest_bytes = 0;
    const bool done = EVP_Digest(input.data(), input.size(), digest.data(), &digest_bytes,
                                 digest_of(algorithm), nullptr) == 1;
    OPENSSL_cleanse(input.data(), input.size());
    if (!done) return {};
    return {reinterpret_cast<const char*>(digest.data()), digest_bytes};
}

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string_view module_name(HashingAlgorithm algorithm) {
    for (const auto& known : algorithms)
        if (known.algorithm == algorithm) return known.module_name;
    ENSURE(!"known hashing algorithm");
    return {};
}

std::optional<HashingAlgorithm> hashing_algorithm_named(std::string_view module_name) {
    for (const auto& known : algorithms)
        if (known.module_name == module_name) return known.algorithm;
    return std::nullopt;
}

PasswordHash hash_password(std::string_view password, HashingAlgorithm algorithm) {
    std::array<unsigned char, salt_bytes> salt;
    // Fails only when the kernel gives no randomness; a guessable salt would be worse than
    // stopping.
    ENSURE(RAND_bytes(salt.data(), static_cast<int>(salt.size())) == 1);
    return hash_password(password, algorithm,
                         {reinterpret_cast<const char*>(salt.data()), salt.size()});
}

PasswordHash hash_password(std::string_view password, HashingAlgorithm algorithm,
                           std::string_view salt) {
    ENSURE(salt.size() == salt_bytes);
    if (password.empty()) return {algorithm, {}};
    return {algorithm, std::string(salt) + salted_digest(salt, password, algorithm)};
}

bool password_matches(const PasswordHash& hash, std::string_view password) {
    if (password.empty() || hash.salt_and_digest.size() <= salt_bytes) return false;
    const std::string_view stored = hash.salt_and_digest;
    const std::string digest =
        salted_digest(stored.substr(0, salt_bytes), password, hash.algorithm);
    const std::string_view expected = stored.substr(salt_bytes);
    return digest.size() == expected.size() &&
           CRYPTO_memcmp(digest.data(), expected.data(), digest.size()) == 0;
}

std::string encode_base64(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::size_t taken = std::min<std::size_t>(3, bytes.size() - at);
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = group << 8 | (i < taken ? static_cast<unsigned char>(bytes[at + i]) : 0u);
        for (std::size_t i = 0; i < 4; ++i)
            text += i <= taken ? base64_alphabet[group >> (18 - 6 * i) & 63] : '=';
    }
    return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
        ++padding;
    text.remove_suffix(padding);

    std::string bytes;
    std::uint32_t group = 0;
    int group_bits = 0;
    for (const char letter : text) {
        const auto digit = base64_alphabet.find(letter);
        if (digit == std::string_view::npos) return std::nullopt;
        group = group << 6 | static_cast<std::uint32_t>(digit);
        group_bits += 6;
        if (group_bits < 8) continue;
        group_bits -= 8;
        bytes += static_cast<char>(group >> group_bits & 0xff);
    }
    return bytes;
}

}  // namespace warren::auth
