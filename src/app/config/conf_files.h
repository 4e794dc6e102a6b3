#pragma once
// Reads configuration files in RabbitMQ's order and follows their includes.
#include <string>
#include <vector>

#include "app/config/conf_syntax.h"

namespace warren::config {

struct ReadConf {
    std::vector<Setting> settings;  // in reading order: later ones override earlier ones
    std::vector<ConfigError> errors;
    std::vector<ConfigError> warnings;
    std::vector<std::string> files;  // what was read, for the start's log line
};

// Every path is a file, or a directory whose *.conf files are read in name order, or a glob. A path
// without a file behind it is an error, unless it is a directory or a glob.
ReadConf read_conf_files(const std::vector<std::string>& paths);

}  // namespace warren::config
