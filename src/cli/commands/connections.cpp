// Connections: who is there, and telling them to go.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <thread>

#include "cli/columns.h"

namespace warren::cli {

namespace {

constexpr std::string_view columns_known[] = {"auth_mechanism",
                                              "channel_max",
                                              "channels",
                                              "client_properties",
                                              "connected_at",
                                              "container_id",
                                              "frame_max",
                                              "host",
                                              "name",
                                              "peer_cert_issuer",
                                              "peer_cert_serial_number",
                                              "peer_cert_subject",
                                              "peer_cert_validity",
                                              "peer_host",
                                              "peer_port",
                                              "pid",
                                              "port",
                                              "protocol",
                                              "recv_cnt",
                                              "recv_oct",
                                              "send_cnt",
                                              "send_oct",
                                              "send_pend",
                                              "ssl",
                                              "ssl_cipher",
                                              "ssl_hash",
                                              "ssl_key_exchange",
                                              "ssl_protocol",
                                              "state",
                                              "timeout",
                                              "user",
                                              "vhost"};
constexpr std::string_view columns_default[] = {"user", "peer_host", "peer_port", "state"};

Outcome list_connections(Invocation& call) {
    auto columns = columns_of(call, columns_known, columns_default);
    if (!columns) return fail(columns.error());
    call.say("Listing connections ...");
    auto list = call.list("/api/connections");
    if (!list) return fail(list.error());
    const bool as_json = call.format() == Format::json || call.format() == Format::json_stream;
    Table table{std::move(*columns), {}};
    for (auto& connection : *list) {
        json::object& row = connection.as_object();
        if (json::value* properties = row.if_contains("client_properties"); as_json && properties)
            *properties = typed_arguments(json::object(properties->as_object()));
        table.rows.push_back(std::move(row));
    }
    call.show(table);
    return {};
}

Outcome close_by_name(Invocation& call, std::string_view name, const std::string& reason) {
    constexpr unsigned not_found = 404;
    const auto reply = call.ask(
        {.method = "DELETE", .path = "/api/connections/" + path_part(name), .reason = reason});
    if (!reply) return fail(reply.error());
    // It has gone by itself.
    if (reply->status >= 400 && reply->status != not_found) return fail(failure_of(*reply));
    return {};
}

// By the identifier that list_connections shows, or by the connection's name.
Outcome close_connection(Invocation& call) {
    const std::string& which = call.word(0);
    const std::string& reason = call.word(1);
    call.say(fmt::format("Closing connection {}, reason: {}...", which, reason));
    if (which.find(" -> ") != std::string::npos) return close_by_name(call, which, reason);
    if (!which.starts_with('<') || !which.ends_with('>'))
        return fail(Failure{exit_code::unavailable,
                            fmt::format("Error:\n{{:invalid_pid_syntax, \"{}\"}}", which)});
    const auto list = call.list("/api/connections?columns=name,pid");
    if (!list) return fail(list.error());
    for (const auto& connection : *list)
        if (view(connection.at("pid").as_string()) == which)
            return close_by_name(call, view(connection.at("name").as_string()), reason);
    return {};
}

// Closes so many at most; how many there were.
Result<std::uint64_t, Failure> close_some(Invocation& call, std::uint64_t most) {
    const std::string scope =
        call.has("global") ? std::string("/api/connections")
                           : fmt::format("/api/vhosts/{}/connections", path_part(call.vhost()));
    constexpr unsigned not_found = 404;
    const auto reply = call.ask({.method = "DELETE",
                                 .path = fmt::format("{}?limit={}", scope, most),
                                 .reason = call.word(0)});
    if (!reply) return fail(reply.error());
    if (reply->status == not_found) return 0;
    if (reply->status >= 400) return fail(failure_of(*reply));
    return json::parse(reply->body).at("closed").to_number<std::uint64_t>();
}

// 0 if the option was not given.
Result<std::uint64_t, Failure> number_of(const Invocation& call, std::string_view option) {
    const std::string_view text = call.option(option);
    std::uint64_t number = 0;
    if (text.empty()) return number;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault == std::errc() && end == text.data() + text.size()) return number;
    return fail(invalid_option(option, text));
}

Outcome close_all_connections(Invocation& call) {
    const auto limit = number_of(call, "limit");
    const auto delay_ms = number_of(call, "per-connection-delay");
    for (const auto* number : {&limit, &delay_ms})
        if (!*number) return fail(number->error());
    const std::string what = *limit == 0 ? "all" : std::to_string(*limit);
    if (call.has("global"))
        call.say(fmt::format("Closing {} connections to node {} (across all vhosts), reason: {}...",
                             what, call.node_name(), call.word(0)));
    else
        call.say(fmt::format("Closing {} connections in vhost {}, reason: {}...", what,
                             call.vhost(), call.word(0)));
    std::uint64_t closed = 0;
    const std::uint64_t at_once = *delay_ms == 0 ? *limit : 1;
    for (bool on = true; on;) {
        const auto count = close_some(call, at_once);
        if (!count) return fail(count.error());
        closed += *count;
        on = *delay_ms != 0 && *count != 0 && closed != *limit;
        if (on) std::this_thread::sleep_for(std::chrono::milliseconds(*delay_ms));
    }
    call.give_of_node(json::string(fmt::format("Closed {} connections", closed)));
    return {};
}

Outcome close_all_user_connections(Invocation& call) {
    call.say(
        fmt::format("Closing connections of user {}, reason: {}...", call.word(0), call.word(1)));
    const auto reply = call.ask({.method = "DELETE",
                                 .path = "/api/connections/username/" + path_part(call.word(0)),
                                 .reason = call.word(1)});
    if (!reply) return fail(reply.error());
    if (reply->status >= 400) return fail(failure_of(*reply));
    return {};
}

constexpr Option close_all_options[] = {{"global", 0, false}, {"limit"}, {"per-connection-delay"}};

constexpr Command commands[] = {
    {"close_all_connections", tools::ctl, Group::operations,
     "[--vhost <vhost> --limit <limit>] [-n <node> --global] [--per-connection-delay <delay>] "
     "<explanation>",
     "Closes the connections of a virtual host, or of the whole node", 1, 1, close_all_connections,
     close_all_options},
    {"close_all_user_connections", tools::ctl, Group::operations, "<username> <explanation>",
     "Closes the connections of a user", 2, 2, close_all_user_connections},
    {"close_connection", tools::ctl, Group::operations, "<connection pid> <explanation>",
     "Closes a connection, which list_connections names", 2, 2, close_connection},
    {"list_connections", tools::listing, Group::monitoring,
     "[--no-table-headers] [<column> ...] [--timeout <timeout>]",
     "Lists the connections of the node", 0, any_number, list_connections},
};

}  // namespace

std::span<const Command> connection_commands() {
    return commands;
}

}  // namespace warren::cli
