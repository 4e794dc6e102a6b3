// What is about the node as a whole. /api/node is what the command lines do to it, by the control
// socket only.
#include <fmt/ranges.h>

#include <array>
#include <utility>

#include "http/access.h"
#include "http/json_support.h"
#include "http/json_values.h"
#include "http/listing.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

// Answers when the node has done it.
NodeControl::Done answer_to(const CallRef& call) {
    return [call](const Result<void, std::string>& outcome) {
        if (outcome) return call->respond_status(204);
        call->refuse(503, "unavailable", outcome.error());
    };
}

// A flag that has to be there; nothing: the call has been refused.
std::optional<bool> flag_in(const CallRef& call, std::string_view name) {
    auto members = object_of(call);
    if (!members) return std::nullopt;
    Body body(call, std::move(*members));
    body.need({name});
    const bool flag = body.ok() && body.boolean(name, false);
    return body.ok() ? std::optional(flag) : std::nullopt;
}

std::optional<double> number(const Body& body, std::string_view name) {
    const json::value* value = body.find(name);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    return value->to_number<double>();
}

std::optional<std::uint64_t> bytes(const Body& body, std::string_view name) {
    const json::value* value = body.find(name);
    if (value == nullptr || !value->is_int64() || value->get_int64() < 0) return std::nullopt;
    return static_cast<std::uint64_t>(value->get_int64());
}

std::optional<log::Level> level_named(std::string_view name) {
    for (auto level = log::Level::debug; level <= log::Level::none;
         level = static_cast<log::Level>(std::to_underlying(level) + 1))
        if (log::to_text(level) == name) return level;
    return std::nullopt;
}

// For the audit log: what of the node is to be different, and what it is to be.
void note_change(const Call& call, std::string_view name, std::string_view value) {
    note(call, {.action = "changed", .kind = "node", .name = name, .reason = value});
}

}  // namespace

void put_listeners(const CallRef& call) {
    if (const auto accepts = flag_in(call, "accepts_clients")) {
        note_change(*call, "listeners", *accepts ? "resumed" : "suspended");
        call->api().control().accept_clients(*accepts, answer_to(call));
    }
}

void put_maintenance(const CallRef& call) {
    if (const auto drained = flag_in(call, "drained")) {
        note_change(*call, "maintenance", *drained ? "drained" : "revived");
        call->api().control().set_maintenance(*drained, answer_to(call));
    }
}

// Whether logins are counted by where they come from.
void put_login_tracking(const CallRef& call) {
    if (const auto tracks = flag_in(call, "tracks")) {
        note_change(*call, "login_tracking", *tracks ? "enabled" : "disabled");
        call->api().reports().change_logins(
            [tracks = *tracks](auth::LoginSources& sources) { sources.track(tracks); },
            [call] { call->respond_status(204); });
    }
}

void put_node_limits(const CallRef& call) {
    auto members = object_of(call);
    if (!members) return;
    const Body body(call, std::move(*members));
    note_change(*call, "limits", json::serialize(body.members()));
    call->api().control().set_limits({.memory_share = number(body, "memory_share"),
                                      .memory_bytes = bytes(body, "memory_bytes"),
                                      .disk_memory_multiple = number(body, "disk_memory_multiple"),
                                      .disk_bytes = bytes(body, "disk_bytes")},
                                     answer_to(call));
}

void get_plugins(const CallRef& call) {
    const NodeFacts& facts = call->api().facts();
    call->respond_json(json::object{{"file", facts.enabled_plugins_file},
                                    {"enabled", to_json(facts.enabled_plugins)},
                                    {"running", to_json(facts.running_plugins)}});
}

void put_plugins(const CallRef& call) {
    auto members = object_of(call);
    if (!members) return;
    Body body(call, std::move(*members));
    body.need({"enabled"});
    if (!body.ok()) return;
    const json::array* list = body.members().at("enabled").if_array();
    if (list == nullptr) return call->refuse_bad("enabled is not a list");
    std::vector<std::string> enabled;
    for (const auto& name : *list)
        if (name.is_string() && !name.get_string().empty())
            enabled.emplace_back(view(name.get_string()));
    note_change(*call, "plugins", fmt::format("{}", fmt::join(enabled, " ")));
    call->api().control().set_plugins(std::move(enabled), answer_to(call));
}

void put_log_level(const CallRef& call) {
    auto members = object_of(call);
    if (!members) return;
    Body body(call, std::move(*members));
    const std::string name = body.text("level", "");
    if (!body.ok()) return;
    const auto level = level_named(name);
    if (!level) return call->refuse_bad("there is no such level");
    note_change(*call, "log_level", name);
    call->api().control().set_log_level(*level, answer_to(call));
}

// What was configured, key by key; what is not named has its default.
void get_effective_config(const CallRef& call) {
    json::object settings;
    for (const auto& [key, value] : call->api().facts().settings)
        settings[key] = json_text(value);
    respond_object(call, std::move(settings));
}

// Statistics are the objects' own: they go when these go.
void reset_statistics(const CallRef& call) {
    if (call->resource_has("node") && !is_this_node(call)) return;
    call->respond_status(204);
}

void stop_node(const CallRef& call) {
    call->api().control().stop(answer_to(call));
}

void reopen_logs(const CallRef& call) {
    call->api().control().reopen_logs(answer_to(call));
}

}  // namespace warren::http::routes
