// Exchanges, bindings and queues of a virtual host, with the columns that were asked for.
#include <fmt/format.h>

#include <utility>

#include "cli/columns.h"

namespace warren::cli {

namespace {

// As Erlang writes a map.
std::string map_text(const json::object& members) {
    std::string text;
    for (const auto& member : members)
        text += fmt::format("{}\"{}\" => {}", text.empty() ? "" : ", ",
                            std::string_view(member.key()), json::serialize(member.value()));
    return "#{" + text + "}";
}

void present(const Invocation& call, json::object& row) {
    const bool as_json = call.format() == Format::json || call.format() == Format::json_stream;
    if (json::value* arguments = row.if_contains("arguments");
        as_json && arguments != nullptr && arguments->is_object())
        *arguments = typed_arguments(json::object(arguments->get_object()));
    if (json::value* definition = row.if_contains("effective_policy_definition");
        !as_json && definition != nullptr && definition->is_object())
        *definition = json::string(map_text(definition->get_object()));
}

Outcome show_rows(Invocation& call, std::string_view resource, std::vector<std::string> columns) {
    auto list = call.list_in_vhost(resource);
    if (!list) return fail(list.error());
    Table table{std::move(columns), {}};
    for (auto& row : *list) {
        present(call, row.as_object());
        table.rows.push_back(std::move(row.as_object()));
    }
    call.show(table);
    return {};
}

constexpr std::string_view exchange_columns[] = {"name",     "type",      "durable", "auto_delete",
                                                 "internal", "arguments", "policy"};
constexpr std::string_view exchange_default[] = {"name", "type"};

Outcome list_exchanges(Invocation& call) {
    auto columns = columns_of(call, exchange_columns, exchange_default);
    if (!columns) return fail(columns.error());
    call.say(fmt::format("Listing exchanges for vhost {} ...", call.vhost()));
    return show_rows(call, "exchanges", std::move(*columns));
}

constexpr std::string_view binding_columns[] = {"source_name",      "source_kind",
                                                "destination_name", "destination_kind",
                                                "routing_key",      "arguments"};

Outcome list_bindings(Invocation& call) {
    auto columns = columns_of(call, binding_columns, binding_columns);
    if (!columns) return fail(columns.error());
    call.say(fmt::format("Listing bindings for vhost {}...", call.vhost()));
    const auto list = call.list_in_vhost("bindings");
    if (!list) return fail(list.error());
    Table table{std::move(*columns), {}};
    for (const auto& binding : *list) {
        json::object row{{"source_name", binding.at("source")},
                         {"source_kind", "exchange"},
                         {"destination_name", binding.at("destination")},
                         {"destination_kind", binding.at("destination_type")},
                         {"routing_key", binding.at("routing_key")},
                         {"arguments", binding.at("arguments")}};
        present(call, row);
        table.rows.push_back(std::move(row));
    }
    call.show(table);
    return {};
}

constexpr std::string_view queue_columns[] = {
    "name",
    "durable",
    "auto_delete",
    "arguments",
    "policy",
    "operator_policy",
    "effective_policy_definition",
    "exclusive",
    "exclusive_consumer_tag",
    "messages_ready",
    "messages_unacknowledged",
    "messages",
    "messages_ready_ram",
    "messages_unacknowledged_ram",
    "messages_ram",
    "messages_persistent",
    "message_bytes",
    "message_bytes_ready",
    "message_bytes_unacknowledged",
    "message_bytes_ram",
    "message_bytes_persistent",
    "head_message_timestamp",
    "consumers",
    "consumer_utilisation",
    "consumer_capacity",
    "memory",
    "state",
    "type",
    "leader",
    "members",
    "online",
    "single_active_consumer_tag",
};
constexpr std::string_view queue_default[] = {"name", "messages"};

Outcome list_queues(Invocation& call) {
    auto columns = columns_of(call, queue_columns, queue_default);
    if (!columns) return fail(columns.error());
    const std::string_view given = call.option("timeout");
    const bool whole = given.find('.') == std::string_view::npos;
    call.say(given.empty() ? "Timeout: 60.0 seconds ..."
                           : fmt::format("Timeout: {}{} seconds ...", given, whole ? ".0" : ""));
    call.say(fmt::format("Listing queues for vhost {} ...", call.vhost()));
    // One node has all of them, and all of them are there.
    if (call.has("offline")) {
        call.show({std::move(*columns), {}});
        return {};
    }
    return show_rows(call, "queues", std::move(*columns));
}

constexpr Option queue_options[] = {
    {"online", 0, false}, {"offline", 0, false}, {"local", 0, false}};

constexpr int list_patience_s = 60;

constexpr Command commands[] = {
    {"list_bindings", tools::listing, Group::monitoring,
     "[--vhost <vhost>] [--no-table-headers] [<column> ...]", "Lists bindings of a virtual host", 0,
     any_number, list_bindings},
    {"list_exchanges", tools::listing, Group::monitoring,
     "[--vhost <vhost>] [--no-table-headers] [<column> ...]", "Lists exchanges of a virtual host",
     0, any_number, list_exchanges},
    {"list_queues", tools::listing, Group::monitoring,
     "[--vhost <vhost>] [--online] [--offline] [--local] [--no-table-headers] [<column>, ...]",
     "Lists queues of a virtual host, with how many messages they have", 0, any_number, list_queues,
     queue_options, list_patience_s},
};

}  // namespace

std::span<const Command> listing_commands() {
    return commands;
}

}  // namespace warren::cli
