#pragma once
// rabbitmq-env.conf: the file of environment variables that RabbitMQ's scripts run as shell code.
// Here it is read, not run.
//
//     NODENAME=rabbit@host            names may leave out RABBITMQ_
//     export RABBITMQ_LOG_BASE="$HOME/log"
//
// Understood are assignments with plain, 'single' and "double" quoted parts, $NAME and ${NAME} (of
// the environment and of lines before) and comments. Anything else, such as `if` or $(command), is
// an error: silently passing over a line that decides about the data directory would be worse.
#include <string>
#include <string_view>
#include <vector>

#include "app/config/config_error.h"
#include "app/config/environment.h"

namespace warren::config {

// Adds what the file assigns; variables that are set already keep their value, as in RabbitMQ.
void read_environment_file(std::string_view text, const std::string& file, Environment& environment,
                           std::vector<ConfigError>& errors);

}  // namespace warren::config
