#pragma once
// From files, environment and command line to one checked Config.
//
// Precedence, highest first: command line; RABBITMQ_DEFAULT_*, _LOGS, _LOG_BASE, _MNESIA_* and
// _VM_MEMORY_HIGH_WATERMARK; the last file that names a key; other environment variables; the
// defaults of the table of keys.
#include <string>
#include <vector>

#include "app/config/config.h"
#include "app/config/config_error.h"
#include "app/config/environment.h"
#include "base/result.h"

namespace warren::config {

struct ConfigSources {
    std::vector<std::string>
        config_paths;      // --config: files or directories; then no other file is read
    std::string data_dir;  // --data-dir
    Environment environment;
    std::string root;       // stands before /etc and /var in tests
    std::string host_name;  // empty: this machine's
};

struct LoadedConfig {
    Config config;
    std::vector<std::string> files;     // that were read, in order
    std::vector<ConfigError> warnings;  // one line each for the log
    std::vector<std::string>
        without_effect;  // keys that are set though what they tune does not exist here
};

// Never stops at the first error: all that is wrong is told at once.
Result<LoadedConfig, std::vector<ConfigError>> load_config(const ConfigSources& sources);

}  // namespace warren::config
