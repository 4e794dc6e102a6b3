// /api/traces and /api/trace-files, as the plug-in rabbitmq_tracing has them.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "http/json_support.h"
#include "http/json_values.h"
#include "http/routes/object_support.h"
#include "http/routes/queue_json.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

constexpr unsigned created = 201;
constexpr unsigned no_content = 204;

// Whether there are traces, and on the node that is named; else the call has been refused.
bool is_here(const CallRef& call) {
    const NodeFacts& facts = call->api().facts();
    if (std::ranges::find(facts.running_plugins, tracing_plugin) == facts.running_plugins.end()) {
        call->refuse_not_found();
        return false;
    }
    if (call->resource_has("node") && call->part("node") != facts.node_name) {
        call->refuse_bad("Node is not a cluster member");
        return false;
    }
    return true;
}

json::object trace_json(const Api& api, const Traces::Shown& trace) {
    const TraceOrder& order = trace.order;
    json::object object;
    const auto* vhost = api.topology().find_vhost(order.vhost);
    const auto* queue = vhost == nullptr ? nullptr : vhost->find_queue(trace.queue);
    if (queue != nullptr) object["queue"] = queue_json(api, *queue);
    object["vhost"] = order.vhost;
    object["name"] = order.name;
    object["format"] = order.form.format == TraceFormat::text ? "text" : "json";
    object["pattern"] = order.pattern;
    if (order.form.payload_bytes_max) object["max_payload_bytes"] = *order.form.payload_bytes_max;
    if (!order.username.empty()) object["tracer_connection_username"] = json_text(order.username);
    return object;
}

// Whoever is named to read the trace has to be able to. False: refused.
bool check_tracer(const CallRef& call, Body& body, TraceOrder& order) {
    order.username = body.text("tracer_connection_username", "");
    const std::string password = body.text("tracer_connection_password", "");
    if (!body.ok()) return false;
    if (order.username.empty()) return true;
    const auto& access = call->api().access();
    const auto tracer = access.login({order.username, password}, call->peer());
    if (tracer && access.allow_vhost(*tracer, order.vhost)) return true;
    call->refuse_bad(fmt::format(
        "tracer_connection_username: {}",
        tracer ? "the user may not enter the virtual host" : "the user or the password is wrong"));
    return false;
}

// Nothing: refused.
std::optional<TraceOrder> order_in(const CallRef& call) {
    auto members = object_of(call);
    if (!members) return std::nullopt;
    Body body(call, std::move(*members));
    body.need({"format", "pattern"});
    if (!body.ok()) return std::nullopt;
    const auto refuse = [&](std::string_view why) {
        call->refuse_bad(why);
        return std::nullopt;
    };
    TraceOrder order{.vhost = call->part("vhost"),
                     .name = call->part("name"),
                     .pattern = {},
                     .form = {},
                     .username = {}};
    if (!is_trace_name(order.name)) return refuse("invalid trace name");
    const std::string format = body.text("format", "");
    order.pattern = body.text("pattern", "");
    if (!body.ok()) return std::nullopt;
    if (format != "text" && format != "json") return refuse("format not json or text");
    if (order.pattern.size() > limits::short_string_bytes_max)
        return refuse("pattern is longer than 255 bytes");
    order.form.format = format == "text" ? TraceFormat::text : TraceFormat::json;
    if (const json::value* most = body.find("max_payload_bytes")) {
        if (!most->is_int64()) return refuse("max_payload_bytes not integer");
        if (most->get_int64() < 0) return refuse("max_payload_bytes is negative");
        order.form.payload_bytes_max = static_cast<std::uint64_t>(most->get_int64());
    }
    if (!check_tracer(call, body, order)) return std::nullopt;
    return order;
}

}  // namespace

void list_traces(const CallRef& call) {
    if (!is_here(call)) return;
    json::array list;
    for (const auto& [name, trace] : call->api().traces().all())
        if (!call->resource_has("vhost") || name.first == call->part("vhost"))
            list.push_back(trace_json(call->api(), trace));
    call->respond_json(list);
}

void get_trace(const CallRef& call) {
    if (!is_here(call)) return;
    const auto all = call->api().traces().all();
    const auto found = all.find({call->part("vhost"), call->part("name")});
    if (found == all.end()) return call->refuse_not_found();
    call->respond_json(trace_json(call->api(), found->second));
}

void put_trace(const CallRef& call) {
    if (!is_here(call)) return;
    if (call->api().topology().find_vhost(call->part("vhost")) == nullptr)
        return call->refuse(404, "not_found", "vhost_not_found");
    auto order = order_in(call);
    if (!order) return;
    call->api().traces().start(std::move(*order), [call](const Result<void, std::string>& started) {
        if (!started) return call->refuse_bad(started.error());
        call->respond_status(created);
    });
}

void delete_trace(const CallRef& call) {
    if (!is_here(call)) return;
    const bool was_there = call->api().traces().stop(call->part("vhost"), call->part("name"),
                                                     [call] { call->respond_status(no_content); });
    if (!was_there) call->refuse_not_found();
}

void list_trace_files(const CallRef& call) {
    if (!is_here(call)) return;
    json::array list;
    for (const TraceFile& file : call->api().traces().files().list())
        list.push_back(json::object{{"name", json_text(file.name)}, {"size", file.bytes}});
    call->respond_json(list);
}

void get_trace_file(const CallRef& call) {
    if (!is_here(call)) return;
    const std::string& name = call->part("name");
    auto source = is_trace_name(name) ? call->api().traces().files().read(name) : std::nullopt;
    if (!source) return call->refuse_not_found();
    Response response;
    response.headers.emplace_back("content-type", "text/plain; charset=utf-8");
    response.source = std::move(*source);
    call->respond(std::move(response));
}

void delete_trace_file(const CallRef& call) {
    if (!is_here(call)) return;
    const std::string& name = call->part("name");
    if (!is_trace_name(name) || !call->api().traces().files().remove(name))
        return call->refuse_not_found();
    call->respond_status(no_content);
}

}  // namespace warren::http::routes
