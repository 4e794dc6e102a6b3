#include "app/config/environment.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "app/config/edit_distance.h"
#include "app/config/key_table.h"
#include "app/config/numbers.h"
#include "app/config/value.h"

namespace warren::config {

namespace {

constexpr std::string_view origin = "environment";

Result<std::uint16_t, std::string> parse_port(std::string_view text) {
    static constexpr ValueType port[] = {{Kind::port, 0, 0, {}}};
    const auto parsed = parse_value(port, text);
    if (!parsed) return fail(parsed.error());
    return std::get<Address>(*parsed).port;
}

class Applier {
public:
    Applier(const Environment& environment, Config& config, std::vector<ConfigError>& errors)
        : environment_(environment), config_(config), errors_(errors) {}

    void run(const FileFacts& facts) {
        apply_text("RABBITMQ_DEFAULT_VHOST", config_.defaults.vhost);
        apply_text_or_file("RABBITMQ_DEFAULT_USER", config_.defaults.user);
        apply_text_or_file("RABBITMQ_DEFAULT_PASS", config_.defaults.pass);
        apply_text("RABBITMQ_PID_FILE", config_.pid_file);
        apply_bool("RABBITMQ_KEEP_PID_FILE_ON_EXIT", config_.keep_pid_file_on_exit);
        apply_memory_watermark();
        apply_listener(facts);
        apply_distribution();
    }

private:
    std::string_view get(std::string_view name) const { return value_of(environment_, name); }

    void refuse(std::string_view name, std::string message) {
        errors_.push_back({std::string(origin), 0, std::string(name), std::move(message)});
    }

    void apply_text(std::string_view name, std::string& field) {
        if (!get(name).empty()) field = get(name);
    }

    // NAME, or NAME_FILE for secrets that a container mounts as files: their first line counts.
    void apply_text_or_file(const std::string& name, std::string& field) {
        const std::string file_name = name + "_FILE";
        apply_text(name, field);
        const std::string path(get(file_name));
        if (path.empty()) return;
        if (!get(name).empty())
            return refuse(file_name, name + " is set, too: only one of them can be");
        std::ifstream file(path);
        std::string line;
        if (!std::getline(file, line))
            return refuse(file_name, "cannot read a line from the file '" + path + "'");
        if (line.ends_with('\r')) line.pop_back();
        field = line;
    }

    void apply_bool(std::string_view name, bool& field) {
        const std::string_view text = get(name);
        if (text.empty()) return;
        if (text != "true" && text != "false")
            return refuse(name, "expected true or false, found '" + log::escaped(text) + "'");
        field = text == "true";
    }

    // "0.4" and "40%" are shares, "2GB" and plain bytes sizes.
    void apply_memory_watermark() {
        constexpr std::string_view name = "RABBITMQ_VM_MEMORY_HIGH_WATERMARK";
        const std::string_view text = get(name);
        if (text.empty()) return;
        Resources& resources = config_.resources;
        if (const auto bytes = parse_memory_size(text)) {
            resources.memory_high_watermark_bytes = *bytes;
            return;
        }
        const bool in_percent = text.ends_with('%');
        const auto number = parse_float(in_percent ? text.substr(0, text.size() - 1) : text);
        const double share = number.value_or(0) / (in_percent ? 100 : 1);
        if (share <= 0 || share > 1)
            return refuse(name,
                          "expected a share such as 0.4 or 40%, or a size such as 2GB, found '" +
                              log::escaped(text) + "'");
        resources.memory_high_watermark_bytes.reset();
        resources.memory_high_watermark_share = share;
    }

    void apply_listener(const FileFacts& facts) {
        constexpr std::string_view port_name = "RABBITMQ_NODE_PORT";
        constexpr std::string_view host_name = "RABBITMQ_NODE_IP_ADDRESS";
        Address listener{"::", 5672};
        if (!get(port_name).empty()) {
            const auto port = parse_port(get(port_name));
            if (!port) return refuse(port_name, port.error());
            listener.port = *port;
        }
        if (!get(host_name).empty() && get(host_name) != "auto") {
            static constexpr ValueType address[] = {{Kind::ip_address, 0, 0, {}}};
            const auto parsed = parse_value(address, get(host_name));
            if (!parsed) return refuse(host_name, parsed.error());
            listener.host = std::get<std::string>(*parsed);
        }
        if (!facts.has_tcp_listeners) config_.listeners.tcp = {listener};
    }

    void apply_distribution() {
        constexpr std::string_view name = "RABBITMQ_DIST_PORT";
        Distribution& distribution = config_.distribution;
        apply_text("RABBITMQ_ERLANG_COOKIE", distribution.cookie);
        apply_text("HOME", distribution.home);
        if (get(name).empty() || distribution.port_min) return;
        const auto port = parse_port(get(name));
        if (!port) return refuse(name, port.error());
        distribution.port_min = *port;
    }

    const Environment& environment_;
    Config& config_;
    std::vector<ConfigError>& errors_;
};

const VariableRow* find_variable(std::string_view name) {
    const auto found = std::ranges::find(all_variables(), name, &VariableRow::name);
    return found == all_variables().end() ? nullptr : &*found;
}

// A known name so near that the other is surely a slip; images and operators have RABBITMQ_
// variables of their own.
std::optional<std::string> slip_of(std::string_view name) {
    constexpr std::size_t slip_distance_max = 2;
    for (const VariableRow& row : all_variables())
        if (row.name.starts_with("RABBITMQ_") && edit_distance(name, row.name) <= slip_distance_max)
            return std::string(row.name);
    return std::nullopt;
}

}  // namespace

Environment current_environment() {
    Environment environment;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (equals == std::string_view::npos || equals + 1 == text.size()) continue;
        environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return environment;
}

std::string_view value_of(const Environment& environment, std::string_view name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string_view{} : std::string_view(found->second);
}

void apply_environment(const Environment& environment, const FileFacts& facts, Config& config,
                       std::vector<ConfigError>& errors) {
    Applier(environment, config, errors).run(facts);
}

std::vector<ConfigError> environment_warnings(const Environment& environment) {
    std::vector<ConfigError> warnings;
    for (const auto& [name, value] : environment) {
        if (value.empty() || !name.starts_with("RABBITMQ_")) continue;
        const VariableRow* row = find_variable(name);
        if (row != nullptr && row->status == Status::later)
            warnings.push_back({std::string(origin), 0, name, "is known, but nothing uses it yet"});
        if (row != nullptr) continue;
        if (const auto meant = slip_of(name))
            warnings.push_back(
                {std::string(origin), 0, name, "is not known; did you mean " + *meant + "?"});
    }
    return warnings;
}

}  // namespace warren::config
