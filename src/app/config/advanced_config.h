#pragma once
// advanced.config, RabbitMQ's configuration in Erlang terms: `[{rabbit, [{key, value}, ...]}].` Of
// it counts what no key of rabbitmq.conf can say: how encrypted values are decrypted, and whether
// logins are counted by their source.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config/config_error.h"
#include "app/config/config_paths.h"
#include "app/config/value_cipher.h"
#include "base/result.h"

namespace warren::config {

// {rabbit, [{config_entry_decoder, [...]}]}
struct EntryDecoderSettings {
    CipherWishes wishes;                         // without the passphrase
    std::optional<std::string> passphrase;       // {passphrase, "..."} or <<"...">>
    std::optional<std::string> passphrase_file;  // {passphrase, {file, "path"}}: its first line
};

struct AdvancedConfig {
    std::string path;  // empty: there is none
    EntryDecoderSettings decoder;
    bool track_login_sources = false;      // {rabbit, [{track_auth_attempt_source, true}]}
    std::vector<std::string> passed_over;  // "rabbit.tcp_listeners": what does not count here
};

// The error says what is wrong with the text; it repeats nothing of a passphrase.
Result<AdvancedConfig, std::string> parse_advanced_config(std::string_view text);

// RABBITMQ_ADVANCED_CONFIG_FILE, else the place's advanced.config, unless that is not to be looked
// for.
AdvancedConfig read_advanced_config(const Environment& environment, const ConfigurationPlace* place,
                                    std::vector<ConfigError>& warnings,
                                    std::vector<ConfigError>& errors);

}  // namespace warren::config
