#include "app/config/value_cipher.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>

#include "auth/password_hash.h"

namespace warren::config {

namespace {

constexpr std::size_t salt_bytes = 16;
constexpr std::string_view known_ciphers[] = {
    "aes_128_cbc",    "aes_192_cbc",    "aes_256_cbc",  "aes_128_ctr",  "aes_192_ctr",
    "aes_256_ctr",    "aes_128_cfb8",   "aes_192_cfb8", "aes_256_cfb8", "aes_128_cfb128",
    "aes_192_cfb128", "aes_256_cfb128", "aes_128_ofb",  "aes_192_ofb",  "aes_256_ofb",
    "chacha20",       "sm4_cbc",        "sm4_cfb",      "sm4_ctr",      "sm4_ofb",
    "des_ede3_cbc",   "des_ede3_cfb",
};
constexpr std::string_view known_hashes[] = {
    "sha",        "sha224",     "sha256",   "sha384",   "sha512",
    "sha512_224", "sha512_256", "sha3_224", "sha3_256", "sha3_384",
    "sha3_512",   "blake2b",    "blake2s",  "sm3",      "md5",
};

std::string with_dashes(std::string_view name) {
    std::string result(name);
    std::ranges::replace(result, '_', '-');
    return result;
}

const EVP_CIPHER* cipher_named(std::string_view name) {
    if (std::ranges::find(known_ciphers, name) == std::end(known_ciphers)) return nullptr;
    std::string known = with_dashes(name);
    // OpenSSL calls what needs no number without it.
    if (known.ends_with("-cfb128")) known.resize(known.size() - 3);
    return EVP_get_cipherbyname(known.c_str());
}

const EVP_MD* hash_named(std::string_view name) {
    if (std::ranges::find(known_hashes, name) == std::end(known_hashes)) return nullptr;
    if (name == "sha") return EVP_sha1();
    if (name == "blake2b") return EVP_blake2b512();
    if (name == "blake2s") return EVP_blake2s256();
    return EVP_get_digestbyname(with_dashes(name).c_str());
}

struct FreeContext {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

const unsigned char* raw(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// One way or the other, without OpenSSL's padding. Empty: it does not work.
std::string crypt(const EVP_CIPHER* cipher, const EVP_MD* hash, const CipherWishes& wishes,
                  std::string_view salt, std::string_view vector, std::string_view input,
                  bool encrypts) {
    std::array<unsigned char, EVP_MAX_KEY_LENGTH> key;
    const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
    std::string output(input.size() + EVP_MAX_BLOCK_LENGTH, '\0');
    int bytes = 0;
    int last = 0;
    auto* const into = reinterpret_cast<unsigned char*>(output.data());
    if (!context ||
        PKCS5_PBKDF2_HMAC(wishes.passphrase.data(), static_cast<int>(wishes.passphrase.size()),
                          raw(salt), static_cast<int>(salt.size()),
                          static_cast<int>(wishes.iterations), hash,
                          EVP_CIPHER_get_key_length(cipher), key.data()) != 1 ||
        EVP_CipherInit_ex(context.get(), cipher, nullptr, key.data(), raw(vector),
                          encrypts ? 1 : 0) != 1 ||
        EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1 ||
        EVP_CipherUpdate(context.get(), into, &bytes, raw(input), static_cast<int>(input.size())) !=
            1 ||
        EVP_CipherFinal_ex(context.get(), into + bytes, &last) != 1)
        return {};
    output.resize(static_cast<std::size_t>(bytes + last));
    return output;
}

struct Methods {
    const EVP_CIPHER* cipher;
    const EVP_MD* hash;
    std::size_t vector_bytes;
};

Result<Methods, std::string> methods_of(const CipherWishes& wishes) {
    const EVP_CIPHER* cipher = cipher_named(wishes.cipher);
    if (cipher == nullptr) return fail(std::string("The requested cipher is not supported"));
    const EVP_MD* hash = hash_named(wishes.hash);
    if (hash == nullptr) return fail(std::string("The requested hash is not supported"));
    return Methods{cipher, hash, static_cast<std::size_t>(EVP_CIPHER_get_iv_length(cipher))};
}

template <std::size_t Count>
std::vector<std::string> those_found(const std::string_view (&names)[Count], auto&& find) {
    std::vector<std::string> found;
    for (const std::string_view name : names)
        if (find(name) != nullptr) found.emplace_back(name);
    return found;
}

}  // namespace

std::vector<std::string> cipher_names() {
    return those_found(known_ciphers, cipher_named);
}

std::vector<std::string> hash_names() {
    return those_found(known_hashes, hash_named);
}

Result<std::string, std::string> encrypt_value(std::string_view content,
                                               const CipherWishes& wishes) {
    const auto methods = methods_of(wishes);
    if (!methods) return fail(methods.error());
    std::string fresh(salt_bytes + methods->vector_bytes, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(fresh.data()),
                   static_cast<int>(fresh.size())) != 1)
        return fail(std::string("There is no randomness"));
    const auto block = static_cast<std::size_t>(EVP_CIPHER_get_block_size(methods->cipher));
    const std::size_t padding = block - content.size() % block;
    const std::string padded =
        std::string(content) + std::string(padding, static_cast<char>(padding));
    const std::string_view salt = std::string_view(fresh).substr(0, salt_bytes);
    const std::string encrypted = crypt(methods->cipher, methods->hash, wishes, salt,
                                        std::string_view(fresh).substr(salt_bytes), padded, true);
    if (encrypted.empty()) return fail(std::string("Error during cipher operation"));
    return auth::encode_base64(fresh + encrypted);
}

Result<std::string, std::string> decrypt_value(std::string_view base64,
                                               const CipherWishes& wishes) {
    constexpr std::string_view not_ours =
        "Failed to decrypt the value: is the passphrase right, and are cipher, hash and iterations "
        "those that it was encrypted with?";
    const auto methods = methods_of(wishes);
    if (!methods) return fail(methods.error());
    const auto bytes = auth::decode_base64(base64);
    const std::size_t header = salt_bytes + methods->vector_bytes;
    if (!bytes || bytes->size() <= header) return fail(std::string(not_ours));
    const std::string_view all = *bytes;
    std::string content =
        crypt(methods->cipher, methods->hash, wishes, all.substr(0, salt_bytes),
              all.substr(salt_bytes, methods->vector_bytes), all.substr(header), false);
    const std::size_t padding = content.empty() ? 0 : static_cast<unsigned char>(content.back());
    const auto block = static_cast<std::size_t>(EVP_CIPHER_get_block_size(methods->cipher));
    if (padding == 0 || padding > block || padding > content.size())
        return fail(std::string(not_ours));
    content.erase(content.size() - padding);
    return content;
}

}  // namespace warren::config
