#pragma once
// Environment variables that RabbitMQ knows, as a plain map, so that tests need no real
// environment.
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/config/config.h"
#include "app/config/config_error.h"

namespace warren::config {

using Environment = std::map<std::string, std::string, std::less<>>;

// The process's own variables. An empty one counts as not set, as in RabbitMQ's scripts.
Environment current_environment();

// The variable's value, or an empty text.
std::string_view value_of(const Environment& environment, std::string_view name);

// What the settings of the files leave to the environment.
struct FileFacts {
    bool has_tcp_listeners = false;
};

// Puts what the environment says into the configuration, where it has precedence:
// RABBITMQ_DEFAULT_USER, _PASS and _VHOST and RABBITMQ_VM_MEMORY_HIGH_WATERMARK beat the files;
// RABBITMQ_NODE_PORT and _NODE_IP_ADDRESS
// count only if the files name no TCP listener.
void apply_environment(const Environment& environment, const FileFacts& facts, Config& config,
                       std::vector<ConfigError>& errors);

// One line for each variable that is set and that nothing uses yet, and for each that looks like a
// slip of the pen.
std::vector<ConfigError> environment_warnings(const Environment& environment);

}  // namespace warren::config
