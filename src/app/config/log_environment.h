#pragma once
// Decides where the log goes from the files' `log.*` settings and RABBITMQ_LOG, RABBITMQ_LOGS and
// RABBITMQ_LOG_BASE, so that nothing is left open for app/logging.
//
// Unlike RabbitMQ, a node that is told nothing logs to standard output: that is where containers,
// systemd and people look. As soon as a file, a directory or RABBITMQ_LOG_BASE is named, it logs to
// a file as RabbitMQ does, and to the console only if `log.console` says so.
#include <string>
#include <vector>

#include "app/config/environment.h"

namespace warren::config {

// To be called once node_name and data_dir are known. `default_log_dir` is used if it exists and
// can be written to, else `log` inside the data directory.
void complete_logging(const Environment& environment, const std::string& default_log_dir,
                      Config& config, std::vector<ConfigError>& errors);

}  // namespace warren::config
