// /api/vhost-limits and /api/user-limits.
#include <fmt/format.h>

#include "auth/users.h"
#include "http/access.h"
#include "http/json_support.h"
#include "http/listing.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

constexpr std::string_view connections_word = "max-connections";
constexpr std::string_view queues_word = "max-queues";
constexpr std::string_view channels_word = "max-channels";

// As Erlang prints the value that was given.
std::string erlang_text(const json::value& value) {
    if (const json::string* text = value.if_string()) return fmt::format("<<\"{}\">>", view(*text));
    const std::string text = json::serialize(value);
    return text;
}

// The "value" of the body; nothing if it is none, and the call has been refused. `prefix` is what
// RabbitMQ puts before its complaints.
std::optional<std::int64_t> limit_in(const CallRef& call, bool known, std::string_view place,
                                     std::string_view prefix) {
    auto members = object_of(call);
    if (!members) return std::nullopt;
    Body body(call, std::move(*members));
    body.need({"value"});
    if (!body.ok()) return std::nullopt;
    const json::value& value = *body.members().if_contains("value");
    const std::string& name = call->part("name");
    const std::string_view end = prefix.empty() ? "" : "\n";
    if (!known) {
        call->refuse_bad(fmt::format("{}Unrecognised terms [{{<<\"{}\">>,{}}}] in {}{}", prefix,
                                     name, erlang_text(value), place, end));
        return std::nullopt;
    }
    if (const std::int64_t* number = value.if_int64()) return *number;
    call->refuse_bad(fmt::format("{}{} should be a number, actually was {}{}", prefix, name,
                                 erlang_text(value), end));
    return std::nullopt;
}

void update(const CallRef& call, std::optional<std::int64_t> limit) {
    const auto* vhost = call->api().topology().find_vhost(call->part("vhost"));
    if (vhost == nullptr) return call->refuse(404, "not_found", "vhost_not_found");
    broker::VhostLimits limits = vhost->limits;
    (call->part("name") == queues_word ? limits.queues_max : limits.connections_max) = limit;
    call->api().desk().submit(
        broker::UpdateVhost{.name = vhost->name, .limits = limits},
        [call](const broker::TopologyOutcome& outcome) { respond_put(call, outcome, true); });
}

void update_user(const CallRef& call, std::optional<std::uint64_t> limit) {
    const std::string& name = call->part("user");
    const auth::User* user = call->api().users().find(name);
    if (user == nullptr)
        return call->respond_json(
            json::object{{"error", "bad_request"}, {"reason", json::array{"no_such_user", name}}},
            400);
    auth::UserLimits limits = user->limits;
    (call->part("name") == channels_word ? limits.channels_max : limits.connections_max) = limit;
    call->api().desk().submit_user(
        auth::SetUserLimits{name, limits},
        [call](const broker::TopologyOutcome& outcome) { respond_put(call, outcome, true); });
}

bool known_to_vhosts(std::string_view name) {
    return name == queues_word || name == connections_word;
}

bool known_to_users(std::string_view name) {
    return name == channels_word || name == connections_word;
}

}  // namespace

json::object limits_json(const broker::VhostLimits& limits) {
    json::object value;
    if (limits.connections_max) value[connections_word] = *limits.connections_max;
    if (limits.queues_max) value[queues_word] = *limits.queues_max;
    return value;
}

json::object limits_json(const auth::UserLimits& limits) {
    json::object value;
    if (limits.connections_max) value[connections_word] = *limits.connections_max;
    if (limits.channels_max) value[channels_word] = *limits.channels_max;
    return value;
}

void list_vhost_limits(const CallRef& call) {
    const auto vhosts = listed_vhosts(call, call->resource_has("vhost"), sees_vhost);
    if (!vhosts) return;
    json::array list;
    for (const auto* vhost : *vhosts)
        if (auto value = limits_json(vhost->limits); !value.empty())
            list.push_back(json::object{{"vhost", vhost->name}, {"value", std::move(value)}});
    respond_list(call, std::move(list), {"vhost"});
}

void put_vhost_limit(const CallRef& call) {
    if (call->api().topology().find_vhost(call->part("vhost")) == nullptr)
        return call->refuse(404, "not_found", "vhost_not_found");
    const auto limit =
        limit_in(call, known_to_vhosts(call->part("name")), "limits", "Validation failed\n\n");
    if (!limit) return;
    update(call, limit);
}

void delete_vhost_limit(const CallRef& call) {
    if (!known_to_vhosts(call->part("name"))) return call->respond_status(204);
    update(call, std::nullopt);
}

// Those of another user are for who monitors.
void list_user_limits(const CallRef& call) {
    const bool of_one = call->resource_has("user");
    if (of_one && !may_monitor(call->user()) && call->part("user") != call->user().username)
        return call->refuse_not_authorised("User not authorised to access object");
    if (of_one && call->api().users().find(call->part("user")) == nullptr)
        return call->refuse_not_found();
    json::array list;
    for (const auto& [name, user] : call->api().users().users()) {
        auto value = limits_json(user.limits);
        if ((!of_one || name == call->part("user")) && !value.empty())
            list.push_back(json::object{{"user", name}, {"value", std::move(value)}});
    }
    respond_list(call, std::move(list), {"user"});
}

void put_user_limit(const CallRef& call) {
    const auto limit =
        limit_in(call, known_to_users(call->part("name")), "user-limits", std::string_view());
    if (!limit) return;
    if (*limit < 0) return update_user(call, std::nullopt);
    update_user(call, static_cast<std::uint64_t>(*limit));
}

void delete_user_limit(const CallRef& call) {
    if (!known_to_users(call->part("name"))) return call->respond_status(204);
    update_user(call, std::nullopt);
}

}  // namespace warren::http::routes
