// /api/vhosts: virtual hosts, and who may enter them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "auth/users.h"
#include "broker/topology/topology_checks.h"
#include "http/access.h"
#include "http/json_support.h"
#include "http/listing.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"
#include "http/routes/traffic_json.h"
#include "http/statistics/rates.h"
#include "http/statistics/rows.h"

namespace warren::http::routes {

namespace {

json::object vhost_json(const Api& api, const broker::Vhost& vhost) {
    const std::string_view type = vhost.default_queue_type.empty()
                                      ? broker::name_of(api.facts().default_queue_type)
                                      : std::string_view(vhost.default_queue_type);
    const json::array tags = to_json(vhost.tags);
    json::object metadata{
        {"description", vhost.description}, {"tags", tags}, {"default_queue_type", type}};
    if (vhost.is_protected) metadata["protected_from_deletion"] = true;
    return {{"name", vhost.name},
            {"description", vhost.description},
            {"metadata", std::move(metadata)},
            {"tags", tags},
            {"default_queue_type", type},
            {"protected_from_deletion", vhost.is_protected},
            {"tracing", vhost.is_traced},
            {"cluster_state", json::object{{api.facts().node_name, "running"}}}};
}

std::vector<std::string> words_in(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(','), text.size());
        std::string_view word = text.substr(0, end);
        while (word.starts_with(' '))
            word.remove_prefix(1);
        while (word.ends_with(' '))
            word.remove_suffix(1);
        if (!word.empty()) words.emplace_back(word);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

// The last thing that is asked for, if it is at all.
void trace(const CallRef& call, std::optional<bool> traced, unsigned status) {
    if (!traced) return call->respond_status(status);
    call->api().desk().submit(broker::TraceVhost{call->part("vhost"), *traced},
                              [call, status](const broker::TopologyOutcome& outcome) {
                                  if (!outcome) return call->refuse_for(outcome.error());
                                  call->respond_status(status);
                              });
}

void create(const CallRef& call, broker::CreateVhost command, std::optional<bool> traced) {
    const std::string name = command.name;
    call->api().desk().submit(
        std::move(command), [call, name, traced](const broker::TopologyOutcome& outcome) {
            if (!outcome) return call->refuse_for(outcome.error());
            // Who makes a vhost may use it.
            call->api().desk().submit_user(
                auth::SetPermissions{call->user().username, name, {".*", ".*", ".*"}},
                [call, traced](const broker::TopologyOutcome&) { trace(call, traced, 201); });
        });
}

void set_protection(const CallRef& call, bool is_protected) {
    const std::string& name = call->part("vhost");
    if (call->api().topology().find_vhost(name) == nullptr)
        return call->refuse(
            404, "not_found",
            fmt::format("Cannot {} deletion protection of virtual host '{}' because "
                        "it does not exist",
                        is_protected ? "enable" : "disable", name));
    call->api().desk().submit(
        broker::ProtectVhost{name, is_protected},
        [call](const broker::TopologyOutcome& outcome) { respond_put(call, outcome, true); });
}

}  // namespace

namespace {

// What it holds is as of now, what went through it as of the last sample.
void add_vhost_stats(const Call& call, const broker::Vhost& vhost, const broker::QueueSums& sums,
                     json::object& object) {
    const statistics::Sampler& sampler = call.api().sampler();
    const auto* history = sampler.of_vhost(vhost.name);
    if (history == nullptr) return;
    const std::array<std::int64_t, 1> now_s{sampler.time_s()};
    statistics::Row row = history->rows_at(now_s, statistics::vhost::count).front();
    if (const auto held = sums.by_vhost.find(vhost.name); held != sums.by_vhost.end()) {
        row[statistics::message::ready] = held->second.ready;
        row[statistics::message::unacked] = held->second.unacked;
        statistics::add_lengths(object,
                                {sampler, history, row, statistics::ages_of(call, "lengths")});
    }
    const statistics::Rates data(sampler, history, row, statistics::ages_of(call, "data_rates"));
    data.add(object, "recv_oct", {statistics::vhost::received});
    data.add(object, "send_oct", {statistics::vhost::sent});
    const bool is_used = std::ranges::any_of(std::span(row).subspan(statistics::message::publish),
                                             [](std::uint64_t count) { return count != 0; });
    if (!is_used || !shows_message_stats(call.api())) return;
    const statistics::Rates rates(sampler, history, row, statistics::ages_of(call, "msg_rates"));
    json::object stats;
    statistics::add_publishes(stats, rates);
    statistics::add_deliveries(stats, rates);
    object["message_stats"] = std::move(stats);
}

// Goes on with what the queues of each vhost hold, if that is shown.
void with_sums(const CallRef& call, std::move_only_function<void(const broker::QueueSums*)> then) {
    if (!shows_statistics(*call)) return then(nullptr);
    call->api().sampler().note_asked();
    call->api().reports().survey_sums(
        [then = std::move(then)](const NodeSums& sums) mutable { then(&sums.queues); });
}

json::object shown(const Call& call, const broker::Vhost& vhost, const broker::QueueSums* sums) {
    auto object = vhost_json(call.api(), vhost);
    if (sums != nullptr) add_vhost_stats(call, vhost, *sums, object);
    return object;
}

}  // namespace

void list_vhosts(const CallRef& call) {
    with_sums(call, [call](const broker::QueueSums* sums) {
        json::array list;
        for (const auto& vhost : call->api().topology().vhosts())
            if (sees_vhost(*call, vhost->name)) list.push_back(shown(*call, *vhost, sums));
        respond_list(call, std::move(list), {"name"});
    });
}

void get_vhost(const CallRef& call) {
    with_sums(call, [call](const broker::QueueSums* sums) {
        const auto* vhost = call->api().topology().find_vhost(call->part("vhost"));
        if (vhost == nullptr) return call->refuse_not_found();
        respond_object(call, shown(*call, *vhost, sums));
    });
}

void put_vhost(const CallRef& call) {
    auto members = object_of(call);
    if (!members) return;
    Body body(call, std::move(*members));
    const std::string& name = call->part("vhost");
    const std::string description = body.text("description", "");
    std::optional<std::vector<std::string>> tags;
    if (const json::value* given = body.find("tags"); given != nullptr && given->is_array()) {
        tags.emplace();
        for (const auto& tag : given->get_array())
            if (tag.is_string()) tags->emplace_back(view(tag.get_string()));
    } else if (given != nullptr) {
        tags = words_in(body.text("tags", ""));
    }
    const std::string type = body.text("default_queue_type", "");
    std::optional<bool> traced;
    if (body.members().contains("tracing")) traced = body.boolean("tracing", false);
    if (!body.ok()) return;
    if (type.empty() && body.find("default_queue_type") != nullptr)
        return call->refuse_bad("default_queue_type must not be an empty string");
    if (!type.empty() && !broker::queue_type_named(type))
        return call->refuse_bad(fmt::format("{} is not a valid queue type", type));
    if (call->api().topology().find_vhost(name) == nullptr)
        return create(call,
                      {.name = name,
                       .description = description,
                       .tags = tags.value_or(std::vector<std::string>{}),
                       .default_queue_type = type,
                       .limits = {}},
                      traced);
    broker::UpdateVhost command{.name = name, .tags = std::move(tags)};
    if (body.find("description") != nullptr) command.description = description;
    if (!type.empty()) command.default_queue_type = type;
    call->api().desk().submit(std::move(command),
                              [call, traced](const broker::TopologyOutcome& outcome) {
                                  if (!outcome) return call->refuse_for(outcome.error());
                                  trace(call, traced, 204);
                              });
}

void delete_vhost(const CallRef& call) {
    const std::string& name = call->part("vhost");
    const auto* vhost = call->api().topology().find_vhost(name);
    if (vhost == nullptr) return call->refuse_not_found();
    if (vhost->is_protected)
        return call->refuse(412, "precondition_failed", broker::protected_vhost(name).text);
    call->api().desk().submit(
        broker::DeleteVhost{name}, [call](const broker::TopologyOutcome& outcome) {
            if (!outcome) return call->refuse_for(outcome.error());
            call->api().desk().submit_user(
                auth::DropVhost{call->part("vhost")},
                [call](const broker::TopologyOutcome&) { call->respond_status(204); });
        });
}

// Every vhost that exists is started.
void start_vhost(const CallRef& call) {
    const NodeFacts& facts = call->api().facts();
    if (call->part("node") != facts.node_name)
        return call->refuse_bad(fmt::format("Unknown node: {}", call->part("node")));
    if (call->api().topology().find_vhost(call->part("vhost")) != nullptr)
        return call->respond_status(204);
    call->refuse_bad(fmt::format("Request to node {} failed with {{no_such_vhost,<<\"{}\">>}}",
                                 facts.node_name, call->part("vhost")));
}

void protect_vhost(const CallRef& call) {
    set_protection(call, true);
}

void unprotect_vhost(const CallRef& call) {
    set_protection(call, false);
}

void list_vhost_permissions(const CallRef& call) {
    const std::string& vhost = call->part("vhost");
    if (call->api().topology().find_vhost(vhost) == nullptr) return call->refuse_not_found();
    respond_list(call, permissions_json(*call, {}, vhost), {"vhost", "user"});
}

void list_vhost_topic_permissions(const CallRef& call) {
    const std::string& vhost = call->part("vhost");
    if (call->api().topology().find_vhost(vhost) == nullptr) return call->refuse_not_found();
    respond_list(call, topic_permissions_json(*call, {}, vhost), {"vhost", "user", "exchange"});
}

}  // namespace warren::http::routes
