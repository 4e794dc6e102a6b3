#include "cli/invocation.h"

#include <fmt/format.h>

#include <algorithm>

namespace warren::cli {

std::string Invocation::vhost() const {
    return has("vhost") ? std::string(option("vhost")) : "/";
}

void Invocation::say(std::string_view line) {
    if (!quiet()) print_line(line);
}

void Invocation::conclude(std::string_view line, const json::value& result) {
    if (!show_json(json::object{{"result", result}, {"message", line}})) print_line(line);
}

void Invocation::print(std::string_view text) {
    has_printed_ = true;
    std::fwrite(text.data(), 1, text.size(), stdout);
}

void Invocation::print_line(std::string_view line) {
    print(line);
    print("\n");
}

void Invocation::show(const Table& table) {
    print(to_text(table, format(), !has("silent") && !has("no-table-headers")));
}

bool Invocation::show_json(const json::value& value) {
    if (format() != Format::json && format() != Format::json_stream) return false;
    print_line(json::serialize(value));
    return true;
}

bool Invocation::show_json_of_node(const json::object& members) {
    json::object shown{{"node", node_name()}, {"result", "ok"}};
    shown.insert(members.begin(), members.end());
    return show_json(shown);
}

void Invocation::give(const json::value& value) {
    if (!show_json(json::object{{"value", value}, {"result", "ok"}})) print_line(cell_text(value));
}

void Invocation::give_of_node(const json::value& value) {
    if (!show_json_of_node({{"value", value}})) print_line(cell_text(value));
}

void Invocation::end() {
    if (!has_printed_) show_json_of_node({});
}

Result<Reply, Failure> Invocation::ask(const Question& question) {
    auto reply = node_.ask(question);
    if (!reply) return fail(unreachable(node_name(), reply.error()));
    return std::move(*reply);
}

Result<json::value, Failure> Invocation::get(const std::string& path) {
    auto reply = ask({.path = path});
    if (!reply) return fail(std::move(reply.error()));
    constexpr unsigned first_refusal = 400;
    if (reply->status >= first_refusal) return fail(failure_of(*reply));
    boost::system::error_code error;
    json::value value = json::parse(reply->body, error);
    if (error) return fail(Failure{exit_code::software, "The node's answer is no JSON"});
    return value;
}

Result<json::array, Failure> Invocation::list(const std::string& path) {
    auto value = get(path);
    if (!value) return fail(std::move(value.error()));
    json::array* list = value->if_array();
    if (list == nullptr) return fail(Failure{exit_code::software, "The node's answer is no list"});
    return std::move(*list);
}

Result<json::array, Failure> Invocation::list_in_vhost(std::string_view resource) {
    const std::string name = path_part(vhost());
    const auto is_there = exists("/api/vhosts/" + name);
    if (!is_there) return fail(is_there.error());
    if (!*is_there) return json::array();
    return list(fmt::format("/api/{}/{}", resource, name));
}

Outcome Invocation::change(std::string_view method, const std::string& path,
                           const json::value& body) {
    const auto reply =
        ask({.method = method, .path = path, .body = body.is_null() ? "" : json::serialize(body)});
    if (!reply) return fail(reply.error());
    constexpr unsigned first_refusal = 400;
    if (reply->status >= first_refusal) return fail(failure_of(*reply));
    return {};
}

Result<bool, Failure> Invocation::exists(const std::string& path) {
    const auto reply = ask({.path = path});
    if (!reply) return fail(reply.error());
    constexpr unsigned found = 200;
    return reply->status == found;
}

Outcome Invocation::need_vhost() {
    const auto is_there = exists("/api/vhosts/" + path_part(vhost()));
    if (!is_there) return fail(is_there.error());
    if (!*is_there) return fail(no_such_vhost(vhost()));
    return {};
}

Outcome Invocation::need_user(const std::string& name) {
    const auto is_there = exists("/api/users/" + path_part(name));
    if (!is_there) return fail(is_there.error());
    if (!*is_there) return fail(no_such_user(name, exit_code::unavailable));
    return {};
}

Failure failure_of(const Reply& reply) {
    boost::system::error_code error;
    const json::value body = json::parse(reply.body, error);
    std::string reason;
    if (!error && body.is_object())
        if (const json::value* told = body.get_object().if_contains("reason"))
            reason =
                told->is_string() ? std::string(view(told->get_string())) : json::serialize(*told);
    if (reason.empty()) reason = fmt::format("The node answered with status {}", reply.status);
    return {.code = exit_code::unavailable, .text = std::move(reason)};
}

Failure unreachable(std::string_view node_name, std::string_view why) {
    std::string tried;
    for (std::size_t at = 0; at <= why.size();) {
        const std::size_t end = std::min(why.find('\n', at), why.size());
        tried += fmt::format(" * {}\n", why.substr(at, end - at));
        at = end + 1;
    }
    return {.code = exit_code::unavailable,
            .text = fmt::format(
                "Error: unable to perform an operation on node '{0}'. Please see diagnostics "
                "information and suggestions below.\n\n"
                "A node is asked by the socket control.sock in its data folder, or by TCP with the "
                "Erlang cookie:\n\n"
                "{1}\n"
                "What to look at:\n\n"
                " * does the node run?\n"
                " * on this machine: is this its data folder? RABBITMQ_MNESIA_DIR, "
                "RABBITMQ_MNESIA_BASE with -n, or --data-dir name another one. Does this command "
                "run as the node's user, or as root?\n"
                " * on another machine: does the node listen there for command lines "
                "(distribution.listener.interface), and have both the same cookie? Its log tells\n"
                " * if the node has a long name, it is only found with --longnames\n",
                node_name, tried),
            .bare = true};
}

}  // namespace warren::cli
