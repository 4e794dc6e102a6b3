#pragma once
// Decrypts the secrets of rabbitmq.conf that are written `encrypted:BASE64`. What they were
// encrypted with is said in advanced.config; as in RabbitMQ a value that cannot be decrypted
// refuses the start.
#include <optional>
#include <string>
#include <string_view>

#include "app/config/advanced_config.h"
#include "base/result.h"

namespace warren::config {

class EntryDecoder {
public:
    explicit EntryDecoder(const AdvancedConfig& advanced) : advanced_(advanced) {}

    static constexpr std::string_view mark = "encrypted:";

    // `value` begins with the mark. The error repeats neither the value nor the passphrase.
    Result<std::string, std::string> decrypt(std::string_view value);

private:
    Result<void, std::string> learn_passphrase();

    const AdvancedConfig& advanced_;
    std::optional<CipherWishes> wishes_;  // with the passphrase, once it is known
};

}  // namespace warren::config
