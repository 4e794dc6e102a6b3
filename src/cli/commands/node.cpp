// The node as a process: whether it is there, waiting for it, and stopping it.
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>

#include "cli/invocation.h"

namespace warren::cli {

namespace {

constexpr int ms_per_s = 1000;

// As --timeout says, else `otherwise`.
std::chrono::milliseconds time_for(const Invocation& call, int otherwise_s) {
    const std::string_view text = call.option("timeout");
    double seconds = otherwise_s;
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * ms_per_s));
}

Outcome ping(Invocation& call) {
    constexpr int patience_s = 60;
    call.say(
        fmt::format("Will ping {}. This only checks that the node's process answers. "
                    "Timeout: {} ms.",
                    call.node_name(), time_for(call, patience_s).count()));
    const auto version = call.get("/api/version");
    if (!version) return fail(version.error());
    call.conclude("Ping succeeded");
    return {};
}

bool answers(Invocation& call) {
    const auto reply = call.node().ask({.path = "/api/version"});
    return reply.has_value();
}

Outcome wait_until_there(Invocation& call, std::chrono::milliseconds time) {
    constexpr auto pause = std::chrono::milliseconds(50);
    const auto end = std::chrono::steady_clock::now() + time;
    while (!answers(call)) {
        if (std::chrono::steady_clock::now() >= end)
            return fail(
                Failure{exit_code::temporary, fmt::format("The node {} did not answer within {} ms",
                                                          call.node_name(), time.count())});
        std::this_thread::sleep_for(pause);
    }
    return {};
}

// How many nodes run, as the one that is asked sees it.
Result<std::size_t, Failure> nodes_online(Invocation& call) {
    const auto nodes = call.list("/api/nodes?columns=running");
    if (!nodes) return fail(nodes.error());
    return static_cast<std::size_t>(std::ranges::count_if(
        *nodes, [](const json::value& node) { return node.at("running").as_bool(); }));
}

Outcome await_online_nodes(Invocation& call) {
    constexpr int patience_s = 300;
    constexpr auto pause = std::chrono::milliseconds(100);
    std::size_t wanted = 0;
    const std::string& text = call.word(0);
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), wanted);
    if (error != std::errc() || rest != text.data() + text.size() || wanted == 0)
        return fail(Failure{exit_code::data_error, "The count of nodes must be a whole number"});
    const auto time = time_for(call, patience_s);
    call.say(
        fmt::format("Will wait for at least {} nodes to join the cluster of node {}. "
                    "Timeout: {} seconds.",
                    wanted, call.node_name(), time.count() / ms_per_s));
    const auto end = std::chrono::steady_clock::now() + time;
    while (true) {
        const auto online = nodes_online(call);
        if (!online) return fail(online.error());
        if (*online >= wanted) break;
        if (std::chrono::steady_clock::now() >= end)
            return fail(Failure{exit_code::temporary,
                                fmt::format("Only {} of {} nodes are there", *online, wanted)});
        std::this_thread::sleep_for(pause);
    }
    call.say(fmt::format("Target number of nodes has been reached. Cluster of node {}",
                         call.node_name()));
    return {};
}

// There is nothing that could be off: a limit of 0 is how an operator wants no alarm.
Outcome watch_disk(Invocation& call) {
    call.say(fmt::format("Activating free disk space monitoring on node {}...", call.node_name()));
    const auto version = call.get("/api/version");
    if (!version) return fail(version.error());
    return {};
}

Outcome await_startup(Invocation& call) {
    constexpr int patience_s = 300;
    return wait_until_there(call, time_for(call, patience_s));
}

// A node writes its pid file when it serves, so that there is nothing else to wait for.
Outcome wait_for_node(Invocation& call) {
    constexpr int patience_s = 10;
    if (call.word_count() == 1)
        call.say(fmt::format("Waiting for pid file '{}' to appear", call.word(0)));
    if (auto there = wait_until_there(call, time_for(call, patience_s)); !there) return there;
    if (const int process = call.node().process(); process > 0)
        call.say(fmt::format("pid is {}", process));
    call.say("The node is running");
    return {};
}

// Until the process is gone.
Outcome wait_for_end(int process_descriptor, std::chrono::milliseconds time) {
    pollfd waited{process_descriptor, POLLIN, 0};
    if (::poll(&waited, 1, static_cast<int>(time.count())) == 1) return {};
    return fail(Failure{exit_code::temporary, "The node is still running"});
}

// A node whose process cannot be told by this system is asked to stop, until it answers no more.
Outcome end_remote_node(Invocation& call, std::chrono::milliseconds time) {
    constexpr auto pause = std::chrono::milliseconds(100);
    if (auto told = call.change("DELETE", "/api/node/process"); !told) return told;
    const auto end = std::chrono::steady_clock::now() + time;
    while (answers(call)) {
        if (std::chrono::steady_clock::now() >= end)
            return fail(Failure{exit_code::temporary, "The node is still running"});
        std::this_thread::sleep_for(pause);
    }
    return {};
}

Outcome end_node(Invocation& call, bool waits) {
    constexpr int patience_s = 300;
    auto there = call.get("/api/version");
    if (!there) return fail(there.error());
    const int process = call.node().process();
    if (process <= 0)
        return end_remote_node(call,
                               waits ? time_for(call, patience_s) : std::chrono::milliseconds(0));
    // A descriptor of the process, so that no other that gets its number is meant.
    const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, process, 0));
    if (descriptor < 0 || ::kill(process, SIGTERM) != 0) {
        const std::string why = std::strerror(errno);
        if (descriptor >= 0) ::close(descriptor);
        return fail(Failure{exit_code::unavailable,
                            fmt::format("The node's process cannot be told to stop: {}", why)});
    }
    auto ended = waits ? wait_for_end(descriptor, time_for(call, patience_s)) : Outcome{};
    ::close(descriptor);
    return ended;
}

Outcome stop(Invocation& call) {
    call.say(fmt::format("Stopping and halting node {} ...", call.node_name()));
    return end_node(call, true);
}

Outcome shut_down(Invocation& call) {
    call.say(fmt::format("Shutting down node {}", call.node_name()));
    auto ended = end_node(call, !call.has("no-wait"));
    if (ended) call.say(fmt::format("Node {} is down", call.node_name()));
    return ended;
}

// What serves is always started.
Outcome start_app(Invocation& call) {
    call.say(fmt::format("Starting node {} ...", call.node_name()));
    const auto version = call.get("/api/version");
    if (!version) return fail(version.error());
    return {};
}

Outcome stop_app(Invocation& call) {
    return fail(Failure{
        exit_code::unavailable,
        fmt::format("A WarrenMQ node is one process, with nothing in it that can be stopped by "
                    "itself: '{} stop' stops the node",
                    name_of(call.tool()))});
}

Outcome server_version(Invocation& call) {
    call.say(fmt::format("Asking node {} for its RabbitMQ version...", call.node_name()));
    const auto version = call.get("/api/version");
    if (!version) return fail(version.error());
    call.give(*version);
    return {};
}

Outcome erlang_version(Invocation& call) {
    call.say(fmt::format("Asking node {} for its Erlang/OTP version...", call.node_name()));
    call.give("none: WarrenMQ runs without Erlang/OTP");
    return {};
}

constexpr Option shutdown_options[] = {{"wait", 0, false}, {"no-wait", 0, false}};
constexpr Option wait_options[] = {{"pid", 'P'}};

constexpr Command commands[] = {
    {"activate_free_disk_space_monitoring", tools::listing, Group::operations, "",
     "Does nothing: free disk space is always looked at", 0, 0, watch_disk},
    {"await_online_nodes", tools::ctl, Group::cluster, "<count>",
     "Waits until so many nodes of the cluster run", 1, 1, await_online_nodes},
    {"await_startup", tools::ctl | tools::diagnostics, Group::nodes, "",
     "Waits until the node serves", 0, 0, await_startup},
    {"erlang_version", tools::diagnostics, Group::monitoring, "",
     "Says that there is no Erlang/OTP", 0, 0, erlang_version},
    {"ping", tools::listing, Group::monitoring, "", "Whether the node answers", 0, 0, ping, {}, 60},
    {"server_version", tools::diagnostics, Group::monitoring, "",
     "The version of RabbitMQ that clients find", 0, 0, server_version},
    {"shutdown", tools::ctl, Group::nodes, "[--no-wait]",
     "Stops the node and waits until its process is gone", 0, 0, shut_down, shutdown_options},
    {"start_app", tools::ctl, Group::nodes, "", "Does nothing but look whether the node serves", 0,
     0, start_app},
    {"stop", tools::ctl, Group::nodes, "[<pidfile>]",
     "Stops the node and waits until its process is gone", 0, 1, stop},
    {"stop_app", tools::ctl, Group::nodes, "", "Says that the node can only be stopped whole", 0, 0,
     stop_app},
    {"wait", tools::listing, Group::nodes, "[<pidfile>] [--pid|-P <pid>]",
     "Waits until the node serves", 0, 1, wait_for_node, wait_options},
};

}  // namespace

std::span<const Command> node_commands() {
    return commands;
}

}  // namespace warren::cli
