#pragma once
// Where files are looked for when nobody says where they are.
#include <string>
#include <vector>

#include "app/config/config_error.h"
#include "app/config/environment.h"

namespace warren::config {

// A directory with the operator's files.
struct ConfigurationPlace {
    std::string directory;
    std::string name;  // of the main file and of the file of variables

    std::string main_file() const { return directory + "/" + name + ".conf"; }
    std::string conf_d() const { return directory + "/conf.d"; }
    std::string environment_file() const { return directory + "/" + name + "-env.conf"; }
};

// Below `root` (normally ""): /etc/warrenmq/warrenmq.conf, or RabbitMQ's own
// /etc/rabbitmq/rabbitmq.conf if only that directory has a configuration.
ConfigurationPlace configuration_place(const std::string& root);

// The files to read, in order: RABBITMQ_CONFIG_FILE or the place's main file, then
// RABBITMQ_CONFIG_FILES or conf.d/*.conf. What is named but not there is passed over with a
// warning, as RabbitMQ passes over it.
std::vector<std::string> configuration_files(const Environment& environment,
                                             const ConfigurationPlace& place,
                                             std::vector<ConfigError>& warnings,
                                             std::vector<ConfigError>& errors);

// In the data folder: where the command line finds its node.
inline constexpr const char* control_socket_name = "control.sock";

// RABBITMQ_MNESIA_DIR, else RABBITMQ_MNESIA_BASE/<node name>, else /var/lib/warrenmq if it can be
// written to, else ./data.
std::string data_directory(const Environment& environment, const std::string& root,
                           const std::string& node_name);

}  // namespace warren::config
