// All that somebody who is to help wants to see, one command after the other.
#include <fmt/format.h>

#include <array>

#include "cli/invocation.h"

namespace warren::cli {

namespace {

constexpr std::array<std::string_view, 5> of_node{"status", "cluster_status", "environment",
                                                  "list_vhosts", "list_feature_flags"};
constexpr std::array<std::string_view, 7> of_vhost{
    "list_queues",   "list_exchanges",  "list_bindings",         "list_permissions",
    "list_policies", "list_parameters", "list_operator_policies"};

Outcome run_part(Invocation& call, std::string_view name, const std::string& vhost) {
    const Command* command = find_command(Tool::warrenctl, name);
    Arguments arguments;
    arguments.words = {std::string(name)};
    arguments.options = call.arguments().options;
    if (!vhost.empty()) arguments.options.insert_or_assign("vhost", vhost);
    Invocation part(*command, arguments,
                    {.tool = call.tool(),
                     .node_name = call.node_name(),
                     .format = Format::table,
                     .format_chosen = false},
                    call.node());
    auto done = command->run(part);
    call.print_line("");
    return done;
}

Outcome report(Invocation& call) {
    call.say(fmt::format("Reporting server status of node {} ...\n", call.node_name()));
    for (const auto name : of_node)
        if (auto done = run_part(call, name, {}); !done) return done;
    const auto vhosts = call.list("/api/vhosts?columns=name");
    if (!vhosts) return fail(vhosts.error());
    for (const auto& vhost : *vhosts)
        for (const auto name : of_vhost)
            if (auto done = run_part(call, name, cell_text(vhost.at("name"))); !done) return done;
    return {};
}

constexpr Command commands[] = {
    {"report", tools::listing, Group::monitoring, "",
     "All that somebody who is to help wants to see", 0, 0, report},
};

}  // namespace

std::span<const Command> report_commands() {
    return commands;
}

}  // namespace warren::cli
