#pragma once
// A command of the tools: how it is typed, and the function that does it. One file a subject in
// commands/; all_commands() puts them together.
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "cli/arguments.h"
#include "cli/failure.h"

namespace warren::cli {

class Invocation;

// By what name the program was called. warrenctl has all commands.
enum class Tool : std::uint8_t { ctl, diagnostics, queues, streams, plugins, upgrade, warrenctl };

std::string_view name_of(Tool tool);
// From argv[0]; what is not known is warrenctl.
Tool tool_named(std::string_view path);

// Sets of tools.
namespace tools {
constexpr unsigned bit(Tool tool) {
    return 1u << static_cast<unsigned>(tool);
}
inline constexpr unsigned ctl = bit(Tool::ctl);
inline constexpr unsigned diagnostics = bit(Tool::diagnostics);
inline constexpr unsigned queues = bit(Tool::queues);
inline constexpr unsigned streams = bit(Tool::streams);
inline constexpr unsigned plugins = bit(Tool::plugins);
inline constexpr unsigned upgrade = bit(Tool::upgrade);
inline constexpr unsigned listing = ctl | diagnostics;
inline constexpr unsigned all = ctl | diagnostics | queues | streams | plugins | upgrade;
}  // namespace tools

// Headings of the overview, in its order.
enum class Group : std::uint8_t {
    help,
    nodes,
    cluster,
    users,
    access,
    monitoring,
    parameters,
    policies,
    vhosts,
    queues,
    operations,
    feature_flags,
    configuration,
    definitions,
    plugins,
};

inline constexpr std::size_t any_number = ~std::size_t{0};

struct Command {
    std::string_view name;
    unsigned tools = 0;
    Group group = Group::help;
    std::string_view usage;    // what follows the name
    std::string_view summary;  // what it is for, a line
    std::size_t words_min = 0;
    std::size_t words_max = 0;
    Outcome (*run)(Invocation& call) = nullptr;  // null: of commands/help.cpp
    std::span<const Option> options{};
    // How long it waits when nobody says: 0, as long as it takes.
    int patience_s = 0;
};

std::span<const Command> help_commands();
std::span<const Command> user_commands();
std::span<const Command> permission_commands();
std::span<const Command> vhost_commands();
std::span<const Command> limit_commands();
std::span<const Command> policy_commands();
std::span<const Command> parameter_commands();
std::span<const Command> definition_commands();
std::span<const Command> listing_commands();
std::span<const Command> queue_commands();
std::span<const Command> connection_commands();
std::span<const Command> channel_commands();
std::span<const Command> message_commands();
std::span<const Command> explain_commands();
std::span<const Command> node_commands();
std::span<const Command> status_commands();
std::span<const Command> health_commands();
std::span<const Command> statistics_commands();
std::span<const Command> tls_commands();
std::span<const Command> feature_commands();
std::span<const Command> maintenance_commands();
std::span<const Command> diagnostic_commands();
std::span<const Command> log_commands();
std::span<const Command> refused_commands();
std::span<const Command> plugin_commands();
std::span<const Command> report_commands();
std::span<const Command> secret_commands();
std::span<const Command> super_stream_commands();

// Of this tool, in the order of the overview.
std::vector<const Command*> commands_of(Tool tool);
// Null if this tool has none of that name.
const Command* find_command(Tool tool, std::string_view name);
// What somebody who typed this may have meant; null if nothing is near.
const Command* nearest_command(Tool tool, std::string_view name);

}  // namespace warren::cli
