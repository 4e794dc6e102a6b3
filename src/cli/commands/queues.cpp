// Changes of queues.
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "cli/invocation.h"

namespace warren::cli {

namespace {

std::string queue_path(const Invocation& call) {
    return fmt::format("/api/queues/{}/{}", path_part(call.vhost()), path_part(call.word(0)));
}

constexpr unsigned not_found = 404;

Outcome purge_queue(Invocation& call) {
    call.say(fmt::format("Purging queue '{}' in vhost '{}' ...", call.word(0), call.vhost()));
    const auto reply = call.ask({.method = "DELETE", .path = queue_path(call) + "/contents"});
    if (!reply) return fail(reply.error());
    if (reply->status == not_found)
        return fail(Failure{exit_code::data_error,
                            "Object (queue, stream, exchange, etc) was not found", true});
    if (reply->status > not_found || reply->status == 400) return fail(failure_of(*reply));
    return {};
}

Outcome delete_queue(Invocation& call) {
    const bool if_empty = call.has("if-empty");
    const bool if_unused = call.has("if-unused");
    std::string condition;
    if (if_empty) condition = " if queue is empty";
    if (if_unused) condition += if_empty ? " and if queue is unused" : " if queue is unused";
    call.say(fmt::format("Deleting queue '{}' on vhost '{}'{} ...", call.word(0), call.vhost(),
                         condition));
    const auto there = call.ask({.path = queue_path(call)});
    if (!there) return fail(there.error());
    if (there->status == not_found)
        return fail(Failure{exit_code::usage, "No such queue was found"});
    const auto queue = call.get(queue_path(call));
    if (!queue) return fail(queue.error());
    auto deleted = call.change(
        "DELETE", fmt::format("{}?{}{}", queue_path(call), if_empty ? "if-empty=true&" : "",
                              if_unused ? "if-unused=true" : ""));
    if (!deleted) return deleted;
    const json::value* ready = queue->as_object().if_contains("messages_ready");
    call.conclude(fmt::format("Queue was successfully deleted with {} ready messages",
                              ready == nullptr ? "0" : json::serialize(*ready)));
    return {};
}

Outcome show_status(Invocation& call, const std::string& path) {
    call.say(fmt::format("Status of queue {} on node {} ...", call.word(0), call.node_name()));
    const auto reply = call.ask({.path = path});
    if (!reply) return fail(reply.error());
    if (reply->status == not_found)
        return fail(Failure{exit_code::data_error,
                            fmt::format("queue '{}' was not found in virtual host '{}'",
                                        call.word(0), call.vhost()),
                            true});
    auto rows = call.list(path);
    if (!rows) return fail(std::move(rows.error()));
    Table table{{"Node Name", "Raft State", "Membership", "Last Log Index", "Last Written",
                 "Last Applied", "Commit Index", "Snapshot Index", "Term", "Machine Version"},
                {}};
    for (auto& row : *rows)
        table.rows.push_back(std::move(row.as_object()));
    call.show(table);
    return {};
}

Outcome quorum_status(Invocation& call) {
    return show_status(call, fmt::format("/api/queues/quorum/{}/{}/status", path_part(call.vhost()),
                                         path_part(call.word(0))));
}

// A stream has one replica, its writer, on the node that is asked.
Outcome stream_status(Invocation& call) {
    call.say(fmt::format("Status of stream {} on node {} ...", call.word(0), call.node_name()));
    const auto reply = call.ask({.path = queue_path(call)});
    if (!reply) return fail(reply.error());
    if (reply->status == not_found)
        return fail(Failure{exit_code::data_error,
                            fmt::format("queue '{}' was not found in virtual host '{}'",
                                        call.word(0), call.vhost()),
                            true});
    auto queue = call.get(queue_path(call));
    if (!queue) return fail(std::move(queue.error()));
    const json::object& stream = queue->as_object();
    if (stream.at("type").as_string() != "stream")
        return fail(Failure{exit_code::data_error,
                            fmt::format("queue '{}' is not a stream", call.word(0)), true});
    // Nobody stores offsets here: that takes the stream protocol.
    if (call.has("tracking")) {
        call.show(Table{{"reference", "type", "value"}, {}});
        return {};
    }
    const auto figure = [&](std::string_view name, const json::value& otherwise) {
        const json::value* found = stream.if_contains(name);
        return found == nullptr ? otherwise : *found;
    };
    const auto committed = figure("committed_offset", -1).to_number<std::int64_t>();
    const auto messages = figure("messages", 0).to_number<std::int64_t>();
    json::object row{{"role", "writer"},
                     {"node", stream.at("leader")},
                     {"epoch", 1},  // a stream has one writer for all its life
                     {"offset", committed},
                     {"committed_offset", committed},
                     {"first_offset", committed + 1 - messages},
                     {"readers", stream.at("consumers")},
                     {"segments", figure("segments", 0)},
                     {"messages", messages}};
    Table table{{"role", "node", "epoch", "offset", "committed_offset", "first_offset", "readers",
                 "segments", "messages"},
                {std::move(row)}};
    call.show(table);
    return {};
}

// Whoever shows its figures has answered.
Outcome list_unresponsive_queues(Invocation& call) {
    call.say(fmt::format("Listing unresponsive queues for vhost {} ...", call.vhost()));
    const auto queues = call.list_in_vhost("queues");
    if (!queues) return fail(queues.error());
    Table table{{"name"}, {}};
    for (const auto& queue : *queues)
        if (queue.as_object().if_contains("messages") == nullptr)
            table.rows.push_back({{"name", queue.at("name")}});
    call.show(table);
    return {};
}

Outcome rebalance(Invocation& call) {
    constexpr std::string_view types[] = {"all", "classic", "quorum", "stream"};
    const std::string type = call.word_count() == 0 ? "all" : call.word(0);
    if (std::ranges::find(types, type) == std::end(types))
        return fail(Failure{
            exit_code::unavailable,
            fmt::format("type {} is not supported. Try one of {}.", type, fmt::join(types, ", "))});
    call.say("Rebalancing queues ...");
    return call.change("POST", "/api/rebalance/queues", json::object());
}

constexpr Option delete_options[] = {
    {"if-empty", 'e', false}, {"if-unused", 'u', false}, {"force", 0, false}};

constexpr Option unresponsive_options[] = {{"local", 0, false}, {"queue-timeout"}};
constexpr Option stream_options[] = {{"tracking", 0, false}};

constexpr Command commands[] = {
    {"delete_queue", tools::ctl, Group::queues,
     "[--vhost <vhost>] <queue_name> [--if-empty|-e] [--if-unused|-u]", "Deletes a queue", 1, 1,
     delete_queue, delete_options},
    {"list_unresponsive_queues", tools::listing, Group::queues,
     "[--local] [--queue-timeout <milliseconds>] [<column> ...]", "Lists queues that do not answer",
     0, any_number, list_unresponsive_queues, unresponsive_options},
    {"purge_queue", tools::ctl, Group::queues, "[--vhost <vhost>] <queue>",
     "Throws the messages of a queue away that nobody holds", 1, 1, purge_queue},
    {"rebalance", tools::queues, Group::queues, "all | classic | quorum | stream",
     "Spreads the leaders of queues over the nodes", 0, 1, rebalance},
    {"quorum_status", tools::queues | tools::diagnostics, Group::queues,
     "[--vhost <vhost>] <queue>", "Members of a quorum queue", 1, 1, quorum_status},
    {"stream_status", tools::streams | tools::queues | tools::diagnostics, Group::queues,
     "[--vhost <vhost>] [--tracking] <stream>", "Replicas of a stream", 1, 1, stream_status,
     stream_options},
};

}  // namespace

std::span<const Command> queue_commands() {
    return commands;
}

}  // namespace warren::cli
