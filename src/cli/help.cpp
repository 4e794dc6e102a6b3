#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace warren::cli {

namespace {

constexpr std::array<std::string_view, 15> headings{"Help",
                                                    "Nodes",
                                                    "Cluster",
                                                    "Users",
                                                    "Access Control",
                                                    "Monitoring, observability and health checks",
                                                    "Parameters",
                                                    "Policies",
                                                    "Virtual hosts",
                                                    "Queues",
                                                    "Operations",
                                                    "Feature flags",
                                                    "Configuration and Environment",
                                                    "Definitions",
                                                    "Plugins"};

constexpr std::string_view general_options =
    "General options\n\n"
    "-n, --node <node>      the node that is meant\n"
    "-p, --vhost <vhost>    the virtual host that is meant, / if none is named\n"
    "-t, --timeout <s>      how many seconds an answer may take\n"
    "-q, --quiet            the answer only\n"
    "-s, --silent           the answer only, without headers of tables\n"
    "-l, --longnames        names of nodes have domains\n"
    "--formatter <format>   table, pretty_table, csv, json or json_stream\n"
    "--no-table-headers     tables without headers\n"
    "--data-dir <folder>    the data folder of the node that is meant\n"
    "--erlang-cookie <text> the secret to ask a node of another machine with\n"
    "--dist-port <port>     the port to ask it at, 25672 if none is named\n"
    "--tls                  ask it by TLS\n"
    "--tls-cacertfile <file>, --tls-certfile <file>, --tls-keyfile <file>\n"
    "                       CAs for its certificate, and a certificate of one's own\n";

std::string tool_usage(Tool tool) {
    return fmt::format(
        "{} [--node <node>] [--timeout <timeout>] [--longnames] [--quiet] <command> "
        "[<command options>]",
        name_of(tool));
}

}  // namespace

std::string usage_line(Tool tool, const Command& command) {
    return fmt::format("{} [--node <node>] [--longnames] [--quiet] {}{}{}", name_of(tool),
                       command.name, command.usage.empty() ? "" : " ", command.usage);
}

std::string overview(Tool tool) {
    const auto commands = commands_of(tool);
    std::size_t width = 0;
    for (const Command* command : commands)
        width = std::max(width, command->name.size());
    std::string text = fmt::format("\nUsage\n\n{}\n\nAvailable commands:\n", tool_usage(tool));
    const Command* last = nullptr;
    for (const Command* command : commands) {
        if (last == nullptr || last->group != command->group)
            text += fmt::format("\n{}:\n\n", headings[static_cast<std::size_t>(command->group)]);
        text += fmt::format("   {:<{}}  {}\n", command->name, width, command->summary);
        last = command;
    }
    return text + fmt::format("\nUse '{} help <command>' to learn more about a specific command\n",
                              name_of(tool));
}

std::string help_for(Tool tool, const Command& command) {
    std::string options;
    for (const Option& option : command.options)
        options += fmt::format("--{}{}{}\n", option.name, option.takes_value ? " <value>" : "",
                               option.letter == 0 ? "" : fmt::format(", -{}", option.letter));
    if (!options.empty()) options = "Options of this command\n\n" + options + "\n";
    return fmt::format("\nUsage\n\n{}\n\n{}.\n\n{}{}", usage_line(tool, command), command.summary,
                       options, general_options);
}

std::string option_completions(Tool tool, std::string_view beginning, std::string_view command) {
    const Command* found = find_command(tool, command);
    std::string text;
    for (const auto options :
         {found == nullptr ? std::span<const Option>() : found->options, global_options()})
        for (const Option& option : options)
            if (const std::string name = fmt::format("--{}", option.name);
                name.starts_with(beginning))
                text += name + '\n';
    return text;
}

std::string completions(Tool tool, std::string_view beginning) {
    std::string text;
    for (const Command* command : commands_of(tool))
        if (command->name.starts_with(beginning)) text += fmt::format("{}\n", command->name);
    return text;
}

}  // namespace warren::cli
