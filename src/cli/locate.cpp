#include "cli/locate.h"

#include <fstream>
#include <sstream>
#include <vector>

#include "app/config/config_paths.h"
#include "app/config/environment_file.h"
#include "app/config/node_name.h"

namespace warren::cli {

namespace {

Result<void, std::string> read_variables(config::Environment& environment,
                                         const std::string& root) {
    std::string path(config::value_of(environment, "RABBITMQ_CONF_ENV_FILE"));
    if (path.empty()) path = config::configuration_place(root).environment_file();
    std::ifstream file(path);
    if (!file) return {};
    std::stringstream content;
    content << file.rdbuf();
    std::vector<config::ConfigError> errors;
    config::read_environment_file(content.str(), path, environment, errors);
    if (!errors.empty()) return fail(config::to_text(errors.front()));
    return {};
}

}  // namespace

Result<NodePlace, std::string> locate_node(config::Environment environment,
                                           const PlaceWishes& wishes, const std::string& root) {
    if (auto read = read_variables(environment, root); !read) return fail(std::move(read.error()));
    const bool long_names =
        wishes.long_names || config::value_of(environment, "RABBITMQ_USE_LONGNAME") == "true";
    const std::string_view wanted =
        wishes.node.empty() ? config::value_of(environment, "RABBITMQ_NODENAME") : wishes.node;
    auto name = config::make_node_name(wanted, long_names, config::own_host_name(long_names));
    if (!name) return fail(std::move(name.error()));
    std::string folder = wishes.data_folder.empty()
                             ? config::data_directory(environment, root, *name)
                             : std::string(wishes.data_folder);
    return NodePlace{std::move(*name), std::move(folder)};
}

}  // namespace warren::cli
