// Channels, and who consumes.
#include <fmt/format.h>

#include <algorithm>

#include "cli/columns.h"

namespace warren::cli {

namespace {

constexpr std::string_view channel_columns[] = {"acks_uncommitted",
                                                "confirm",
                                                "connection",
                                                "consumer_count",
                                                "messages_unacknowledged",
                                                "messages_uncommitted",
                                                "messages_unconfirmed",
                                                "name",
                                                "number",
                                                "pid",
                                                "prefetch_count",
                                                "transactional",
                                                "user",
                                                "vhost"};
constexpr std::string_view channel_default[] = {"pid", "user", "consumer_count",
                                                "messages_unacknowledged"};

Outcome list_channels(Invocation& call) {
    auto columns = columns_of(call, channel_columns, channel_default);
    if (!columns) return fail(columns.error());
    call.say("Listing channels ...");
    auto list = call.list("/api/channels");
    if (!list) return fail(list.error());
    Table table{std::move(*columns), {}};
    for (auto& channel : *list) {
        json::object& row = channel.as_object();
        row["connection"] = row.at("connection_details").at("pid");
        table.rows.push_back(std::move(row));
    }
    call.show(table);
    return {};
}

// In the order in which RabbitMQ shows them, whatever the order they were asked for in.
constexpr std::string_view consumer_columns[] = {
    "queue_name",     "channel_pid", "consumer_tag", "ack_required",
    "prefetch_count", "active",      "arguments",    "activity_status",
};
constexpr std::string_view consumer_default[] = {"queue_name",   "channel_pid",    "consumer_tag",
                                                 "ack_required", "prefetch_count", "active",
                                                 "arguments"};

Outcome list_consumers(Invocation& call) {
    auto asked = columns_of(call, consumer_columns, consumer_default);
    if (!asked) return fail(asked.error());
    call.say(fmt::format("Listing consumers in vhost {} ...", call.vhost()));
    auto list = call.list_in_vhost("consumers");
    if (!list) return fail(list.error());
    Table table;
    for (const std::string_view column : consumer_columns)
        if (std::ranges::find(*asked, column) != asked->end()) table.columns.emplace_back(column);
    const bool as_json = call.format() == Format::json || call.format() == Format::json_stream;
    for (auto& consumer : *list) {
        json::object& row = consumer.as_object();
        row["queue_name"] = row.at("queue").at("name");
        row["channel_pid"] = row.at("channel_details").at("pid");
        if (as_json) row["arguments"] = typed_arguments(json::object(row["arguments"].as_object()));
        table.rows.push_back(std::move(row));
    }
    call.show(table);
    return {};
}

constexpr Command commands[] = {
    {"list_channels", tools::listing, Group::monitoring, "[--no-table-headers] [<column> ...]",
     "Lists the channels of the node", 0, any_number, list_channels},
    {"list_consumers", tools::listing, Group::monitoring,
     "[--vhost <vhost>] [--no-table-headers] [<column> ...] [--timeout <timeout>]",
     "Lists the consumers of a virtual host", 0, any_number, list_consumers},
};

}  // namespace

std::span<const Command> channel_commands() {
    return commands;
}

}  // namespace warren::cli
