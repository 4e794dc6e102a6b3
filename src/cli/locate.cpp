#include "cli/locate.h"

#include <charconv>
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

// As a node listens with the same variables.
Result<std::uint16_t, std::string> link_port(const config::Environment& environment,
                                             std::string_view wanted) {
    constexpr unsigned usual = 25'672;
    constexpr unsigned distance = 20'000;
    const auto from = [](std::string_view text,
                         unsigned more) -> Result<std::uint16_t, std::string> {
        unsigned port = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
        if (error != std::errc() || end != text.data() + text.size() || port == 0 ||
            port + more > UINT16_MAX)
            return fail("'" + std::string(text) + "' is no port");
        return static_cast<std::uint16_t>(port + more);
    };
    if (!wanted.empty()) return from(wanted, 0);
    if (const auto text = config::value_of(environment, "RABBITMQ_DIST_PORT"); !text.empty())
        return from(text, 0);
    if (const auto text = config::value_of(environment, "RABBITMQ_NODE_PORT"); !text.empty())
        return from(text, distance);
    return usual;
}

// This machine's own names are those of addresses at which a node without any wish does not
// listen.
void add_hosts(std::string_view node_name, NodePlace& place) {
    const std::string host(node_name.substr(node_name.find('@') + 1));
    place.is_elsewhere = host != "localhost" && host != config::own_host_name(false) &&
                         host != config::own_host_name(true);
    if (!place.is_elsewhere) place.link.hosts.emplace_back("127.0.0.1");
    place.link.hosts.push_back(host);
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
    auto port = link_port(environment, wishes.port);
    if (!port) return fail(std::move(port.error()));
    NodePlace place;
    place.name = *name;
    place.data_folder = folder;
    place.is_named = !wishes.node.empty();
    add_hosts(*name, place);
    place.link.node_name = std::move(*name);
    place.link.port = *port;
    place.link.cookie = {
        .option = std::string(wishes.cookie),
        .environment = std::string(config::value_of(environment, "RABBITMQ_ERLANG_COOKIE")),
        .home = std::string(config::value_of(environment, "HOME")),
        .data_folder = std::move(folder)};
    place.link.tls = wishes.tls;
    place.link.tls_settings = wishes.tls_settings;
    return place;
}

}  // namespace warren::cli
