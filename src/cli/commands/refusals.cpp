// Commands of RabbitMQ's tools that have no meaning here: they say why, and what to use instead.
#include <algorithm>

#include "cli/invocation.h"

namespace warren::cli {

namespace {

constexpr std::string_view no_erlang =
    "WarrenMQ runs without Erlang/OTP: there is nothing to evaluate or attach to. What the node "
    "knows is in the HTTP API and in the other commands";
constexpr std::string_view one_node =
    "a WarrenMQ node is a cluster of its own: there are no other members";
constexpr std::string_view no_mirrors =
    "classic queues are not mirrored, in RabbitMQ 4 neither: quorum queues are replicated";
constexpr std::string_view no_collector = "there is no garbage that a collector could collect";
constexpr std::string_view no_reset =
    "to forget everything, stop the node and remove its data folder";

struct Refusal {
    std::string_view command;
    std::string_view why;
};

constexpr Refusal refusals[] = {
    {"eval", no_erlang},
    {"eval_file", no_erlang},
    {"exec", no_erlang},
    {"hipe_compile", no_erlang},
    {"maybe_stuck", no_erlang},
    {"observer", no_erlang},
    {"remote_shell", no_erlang},
    {"runtime_thread_stats", no_erlang},
    {"force_gc", no_collector},
    {"reclaim_quorum_memory", no_collector},
    {"cancel_sync_queue", no_mirrors},
    {"sync_queue", no_mirrors},
    {"add_member", one_node},
    {"add_replica", one_node},
    {"change_cluster_node_type", one_node},
    {"delete_member", one_node},
    {"delete_replica", one_node},
    {"force_boot", one_node},
    {"force_standalone_khepri_boot", one_node},
    {"forget_cluster_node", one_node},
    {"grow", one_node},
    {"grow_to_count", one_node},
    {"join_cluster", one_node},
    {"rename_cluster_node", one_node},
    {"shrink", one_node},
    {"transfer_leadership", one_node},
    {"update_cluster_nodes", one_node},
    {"force_reset", no_reset},
    {"reset", no_reset},
};

Outcome refuse(Invocation& call) {
    const auto* refusal = std::ranges::find(refusals, call.command().name, &Refusal::command);
    return fail(Failure{exit_code::unavailable, std::string(refusal->why)});
}

constexpr unsigned members = tools::queues | tools::streams;

constexpr Command command(std::string_view name, unsigned of, Group group) {
    return {.name = name,
            .tools = of,
            .group = group,
            .usage = "...",
            .summary = "Says why there is no such thing here",
            .words_min = 0,
            .words_max = any_number,
            .run = refuse};
}

constexpr Command commands[] = {
    command("add_member", tools::queues, Group::queues),
    command("add_replica", tools::streams, Group::queues),
    command("cancel_sync_queue", tools::ctl, Group::queues),
    command("change_cluster_node_type", tools::ctl, Group::cluster),
    command("delete_member", tools::queues, Group::queues),
    command("delete_replica", tools::streams, Group::queues),
    command("eval", tools::ctl, Group::operations),
    command("eval_file", tools::ctl, Group::operations),
    command("exec", tools::ctl, Group::operations),
    command("force_boot", tools::ctl, Group::cluster),
    command("force_gc", tools::ctl, Group::operations),
    command("force_reset", tools::ctl, Group::nodes),
    command("force_standalone_khepri_boot", tools::ctl, Group::cluster),
    command("forget_cluster_node", tools::ctl, Group::cluster),
    command("grow", members, Group::queues),
    command("grow_to_count", tools::queues, Group::queues),
    command("hipe_compile", tools::ctl, Group::operations),
    command("join_cluster", tools::ctl, Group::cluster),
    command("maybe_stuck", tools::diagnostics, Group::monitoring),
    command("observer", tools::diagnostics, Group::monitoring),
    command("reclaim_quorum_memory", tools::queues | tools::diagnostics, Group::queues),
    command("remote_shell", tools::diagnostics, Group::monitoring),
    command("rename_cluster_node", tools::ctl, Group::cluster),
    command("reset", tools::ctl, Group::nodes),
    command("runtime_thread_stats", tools::diagnostics, Group::monitoring),
    command("shrink", members, Group::queues),
    command("sync_queue", tools::ctl, Group::queues),
    command("transfer_leadership", members, Group::queues),
    command("update_cluster_nodes", tools::ctl, Group::cluster),
};

}  // namespace

std::span<const Command> refused_commands() {
    return commands;
}

}  // namespace warren::cli
