#pragma once
// Plugins as RabbitMQ's operators know them: names in a file, an Erlang list such as
//
//     [rabbitmq_management,rabbitmq_prometheus].
//
// Here a name switches a listener on, or nothing at all, because what it stands for is always
// there.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/config/config_paths.h"
#include "app/config/environment.h"
#include "base/result.h"

namespace warren::config {

struct Plugin {
    std::string_view name;
    std::string_view description;
    std::string_view dependencies;  // names with blanks between them
};

// Those that there are, in the order of their names.
std::span<const Plugin> known_plugins();
const Plugin* find_plugin(std::string_view name);

// In their order, with what they depend on: known ones only.
std::vector<std::string> with_dependencies(const std::vector<std::string>& enabled);

// The error says where the text is no list of names.
Result<std::vector<std::string>, std::string> parse_enabled_plugins(std::string_view text);
std::string enabled_plugins_text(const std::vector<std::string>& enabled);

// RABBITMQ_ENABLED_PLUGINS_FILE, else enabled_plugins beside the configuration if it is there, else
// in the data folder.
std::string enabled_plugins_path(const Environment& environment, const std::string& root,
                                 const std::string& data_dir);

// What the file lists, unless RABBITMQ_ENABLED_PLUGINS says otherwise ("ALL", or names with commas
// between them). No file: none.
Result<std::vector<std::string>, std::string> enabled_plugins(const Environment& environment,
                                                              const std::string& path);

// In one step: whoever reads it finds it whole.
Result<void, std::string> write_enabled_plugins(const std::string& path,
                                                const std::vector<std::string>& enabled);

}  // namespace warren::config
