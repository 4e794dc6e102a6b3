#pragma once
// Encrypted values of configuration files, in RabbitMQ's form: the key is made of a passphrase by
// PBKDF2; what is kept is base64 of salt 16, initialization vector 16, and the padded term.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace warren::config {

struct CipherWishes {
    std::string cipher = "aes_128_cbc";  // as Erlang names them
    std::string hash = "sha256";
    unsigned iterations = 1;
    std::string passphrase;
};

// Those that OpenSSL here has, of those that RabbitMQ knows.
std::vector<std::string> cipher_names();
std::vector<std::string> hash_names();

// The error says what cannot be used. `content` is padded first.
Result<std::string, std::string> encrypt_value(std::string_view content,
                                               const CipherWishes& wishes);
// The error: it is not what encrypt_value() makes with the same wishes.
Result<std::string, std::string> decrypt_value(std::string_view base64, const CipherWishes& wishes);

}  // namespace warren::config
