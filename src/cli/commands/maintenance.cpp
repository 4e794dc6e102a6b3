// What is done to a node that runs: maintenance, listeners, limits and the log.
#include <fmt/format.h>

#include <algorithm>

#include "app/config/numbers.h"
#include "cli/invocation.h"

namespace warren::cli {

namespace {

// ---- maintenance ----

Outcome set_maintenance(Invocation& call, bool drained) {
    return call.change("PUT", "/api/node/maintenance", json::object{{"drained", drained}});
}

Outcome drain(Invocation& call) {
    call.say(
        fmt::format("Will put node {} into maintenance mode. The node will no longer serve "
                    "any client traffic!",
                    call.node_name()));
    return set_maintenance(call, true);
}

Outcome revive(Invocation& call) {
    call.say(fmt::format("Will bring node {} back from maintenance mode into regular operation",
                         call.node_name()));
    return set_maintenance(call, false);
}

// A node alone has nobody to wait for.
Outcome await_others(Invocation& call) {
    call.say(
        fmt::format("Will wait for node {} to be safe to stop: every quorum queue and stream "
                    "needs a majority without it",
                    call.node_name()));
    const auto reply = call.ask({.path = "/api/health/checks/node-is-quorum-critical"});
    if (!reply) return fail(reply.error());
    constexpr unsigned healthy = 200;
    if (reply->status != healthy) return fail(failure_of(*reply));
    return {};
}

Outcome post_upgrade(Invocation& call) {
    call.say("Executing post upgrade tasks...");
    call.say("Rebalancing queue masters...");
    return call.change("POST", "/api/rebalance/queues", json::object());
}

Outcome has_reached_target_size(Invocation& call) {
    call.say(fmt::format("Checking if target cluster size has been reached on node {} ...",
                         call.node_name()));
    const auto reply = call.ask({.path = "/api/health/checks/reached-target-cluster-size"});
    if (!reply) return fail(reply.error());
    constexpr unsigned healthy = 200;
    if (reply->status != healthy) return fail(failure_of(*reply));
    call.say(fmt::format("Target cluster size has been reached on node {}", call.node_name()));
    return {};
}

// ---- listeners ----

Outcome set_listeners(Invocation& call, bool accepts) {
    return call.change("PUT", "/api/node/listeners", json::object{{"accepts_clients", accepts}});
}

Outcome suspend_listeners(Invocation& call) {
    call.say(
        fmt::format("Will suspend client connection listeners on node {}. The node will no "
                    "longer accept client connections!",
                    call.node_name()));
    return set_listeners(call, false);
}

Outcome resume_listeners(Invocation& call) {
    call.say(
        fmt::format("Will resume client connection listeners on node {}. The node will now "
                    "accept client connections.",
                    call.node_name()));
    return set_listeners(call, true);
}

// ---- limits ----

Outcome set_limits(Invocation& call, const json::object& limits) {
    return call.change("PUT", "/api/node/limits", limits);
}

Outcome set_memory_limit(Invocation& call) {
    const bool absolute = call.word(0) == "absolute";
    if (absolute != (call.word_count() == 2)) return fail(bad_argument(""));
    if (absolute) {
        const auto bytes = config::parse_memory_size(call.word(1));
        if (!bytes || *bytes <= 0) return fail(bad_argument(""));
        call.say(fmt::format("Setting memory threshold on {} to {} bytes ...", call.node_name(),
                             call.word(1)));
        return set_limits(call, {{"memory_bytes", *bytes}});
    }
    const auto share = config::parse_float(call.word(0));
    if (!share) return fail(bad_argument(""));
    if (*share < 0 || *share > 1)
        return fail(bad_argument("The threshold should be a fraction between 0.0 and 1.0"));
    call.say(
        fmt::format("Setting memory threshold on {} to {} ...", call.node_name(), call.word(0)));
    return set_limits(call, {{"memory_share", *share}});
}

Outcome set_disk_limit(Invocation& call) {
    const bool relative = call.word(0) == "mem_relative";
    if (relative != (call.word_count() == 2)) return fail(bad_argument(""));
    if (relative) {
        const auto multiple = config::parse_float(call.word(1));
        if (!multiple || *multiple < 0) return fail(bad_argument(""));
        call.say(fmt::format("Setting disk free limit on {} to {} times the total RAM ...",
                             call.node_name(), call.word(1)));
        return set_limits(call, {{"disk_memory_multiple", *multiple}});
    }
    const auto bytes = config::parse_memory_size(call.word(0));
    if (!bytes || *bytes < 0) return fail(bad_argument(""));
    call.say(fmt::format("Setting disk free limit on {} to {} bytes ...", call.node_name(),
                         call.word(0)));
    return set_limits(call, {{"disk_bytes", *bytes}});
}

// ---- the log ----

Outcome set_log_level(Invocation& call) {
    constexpr std::string_view levels[] = {"debug",    "info",  "notice",    "warning", "error",
                                           "critical", "alert", "emergency", "none"};
    const std::string& level = call.word(0);
    if (std::ranges::find(levels, level) == std::end(levels))
        return fail(
            Failure{exit_code::unavailable, fmt::format("level {} is not supported. Try one of {}",
                                                        level, fmt::join(levels, ", "))});
    call.say(fmt::format("Setting log level to \"{}\" ...", level));
    return call.change("PUT", "/api/node/log", json::object{{"level", level}});
}

Outcome rotate_logs(Invocation& call) {
    call.say(fmt::format("Opening the log files of node {} anew ...", call.node_name()));
    return call.change("POST", "/api/node/log/reopen", json::object());
}

constexpr unsigned cluster_tools = tools::ctl | tools::diagnostics | tools::upgrade;

constexpr Command commands[] = {
    {"await_online_quorum_plus_one", tools::upgrade, Group::operations, "",
     "Waits until the node can stop without queues losing their majority", 0, 0, await_others},
    {"await_online_synchronized_mirror", tools::upgrade, Group::operations, "",
     "Waits until the node can stop without queues losing their last mirror", 0, 0, await_others},
    {"drain", tools::upgrade, Group::operations, "",
     "Puts the node into maintenance: no clients are served", 0, 0, drain},
    {"has_reached_target_cluster_size", cluster_tools, Group::cluster, "",
     "Fails if the cluster has fewer nodes than it is meant to have", 0, 0,
     has_reached_target_size},
    {"post_upgrade", tools::upgrade, Group::operations, "", "Tidies up after an upgrade", 0, 0,
     post_upgrade},
    {"resume_listeners", tools::ctl, Group::operations, "", "Accepts client connections again", 0,
     0, resume_listeners},
    {"revive", tools::upgrade, Group::operations, "", "Takes the node back from maintenance", 0, 0,
     revive},
    {"rotate_logs", tools::ctl, Group::configuration, "",
     "Opens the log files anew, for whoever has moved them away", 0, 0, rotate_logs},
    {"set_disk_free_limit", tools::ctl, Group::configuration,
     "<disk_limit> | mem_relative <fraction>",
     "So much disk space must be free, else publishers wait; until the node starts again", 1, 2,
     set_disk_limit},
    {"set_log_level", tools::ctl, Group::configuration, "<log_level>",
     "What is less important is not logged; until the node starts again", 1, 1, set_log_level},
    {"set_vm_memory_high_watermark", tools::ctl, Group::configuration,
     "<fraction> | absolute <value>",
     "With more memory in use publishers wait; until the node starts again", 1, 2,
     set_memory_limit},
    {"suspend_listeners", tools::ctl, Group::operations, "",
     "Accepts no more client connections; those that are there stay", 0, 0, suspend_listeners},
};

}  // namespace

std::span<const Command> maintenance_commands() {
    return commands;
}

}  // namespace warren::cli
