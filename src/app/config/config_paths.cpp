#include "app/config/config_paths.h"

#include <unistd.h>

#include <filesystem>

namespace warren::config {

namespace {

namespace fs = std::filesystem;

bool exists(const std::string& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

bool is_glob(std::string_view path) {
    return path.find_first_of("*?[") != std::string_view::npos;
}

}  // namespace

ConfigurationPlace configuration_place(const std::string& root) {
    ConfigurationPlace ours{root + "/etc/warrenmq", "warrenmq"};
    const ConfigurationPlace rabbitmqs{root + "/etc/rabbitmq", "rabbitmq"};
    for (const ConfigurationPlace& place : {ours, rabbitmqs})
        if (exists(place.main_file()) || exists(place.conf_d())) return place;
    return ours;
}

std::vector<std::string> configuration_files(const Environment& environment,
                                             const ConfigurationPlace& place,
                                             std::vector<ConfigError>& warnings,
                                             std::vector<ConfigError>& errors) {
    std::vector<std::string> paths;
    const auto warn = [&](std::string name, const std::string& path) {
        warnings.push_back({"environment", 0, std::move(name), "there is no file '" + path + "'"});
    };
    std::string main(value_of(environment, "RABBITMQ_CONFIG_FILE"));
    if (main.empty()) {
        if (exists(place.main_file())) paths.push_back(place.main_file());
    } else if (main.ends_with(".config")) {
        errors.push_back({"environment", 0, "RABBITMQ_CONFIG_FILE",
                          "'" + main +
                              "' is a configuration in Erlang terms, which is not read: give a "
                              "rabbitmq.conf with 'key = value' lines"});
    } else {
        if (!exists(main) && exists(main + ".conf")) main += ".conf";
        exists(main) ? paths.push_back(main) : warn("RABBITMQ_CONFIG_FILE", main);
    }
    const std::string more(value_of(environment, "RABBITMQ_CONFIG_FILES"));
    if (more.empty()) {
        if (exists(place.conf_d())) paths.push_back(place.conf_d());
    } else {
        exists(more) || is_glob(more) ? paths.push_back(more) : warn("RABBITMQ_CONFIG_FILES", more);
    }
    return paths;
}

std::string data_directory(const Environment& environment, const std::string& root,
                           const std::string& node_name) {
    if (const auto directory = value_of(environment, "RABBITMQ_MNESIA_DIR"); !directory.empty())
        return std::string(directory);
    if (const auto base = value_of(environment, "RABBITMQ_MNESIA_BASE"); !base.empty())
        return std::string(base) + "/" + node_name;
    std::string installed = root + "/var/lib/warrenmq";
    std::error_code ignored;
    if (fs::is_directory(installed, ignored) && access(installed.c_str(), W_OK | X_OK) == 0)
        return installed;
    return "data";
}

}  // namespace warren::config
