// /api/policies and /api/operator-policies.
#include <fmt/format.h>

#include "broker/topology/policy_requests.h"
#include "http/json_support.h"
#include "http/json_values.h"
#include "http/listing.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

using broker::PolicyKind;

namespace {

json::object policy_json(const broker::Vhost& vhost, const broker::Policy& policy) {
    return {{"vhost", json_text(vhost.name)},
            {"name", json_text(policy.name)},
            {"pattern", json_text(policy.pattern)},
            {"apply-to", json_text(broker::name_of(policy.apply_to))},
            {"definition", to_json(policy.definition)},
            {"priority", policy.priority}};
}

void list(const CallRef& call, PolicyKind kind) {
    const auto vhosts = listed_vhosts(call, call->resource_has("vhost"));
    if (!vhosts) return;
    json::array items;
    for (const auto* vhost : *vhosts)
        for (const auto& [name, policy] : vhost->policies.of(kind))
            items.push_back(policy_json(*vhost, policy));
    respond_list(call, std::move(items), {"vhost", "name"});
}

// Null if it is not there.
const broker::Policy* find_policy(const Call& call, PolicyKind kind) {
    const auto* vhost = call.api().topology().find_vhost(call.part("vhost"));
    return vhost == nullptr ? nullptr : vhost->policies.find(kind, call.part("name"));
}

void get(const CallRef& call, PolicyKind kind) {
    const broker::Policy* policy = find_policy(*call, kind);
    if (policy == nullptr) return call->refuse_not_found();
    respond_object(call,
                   policy_json(*call->api().topology().find_vhost(call->part("vhost")), *policy));
}

// What the body asks for; nothing if a value in it has no place in a policy.
std::optional<broker::PolicyRequest> request_in(const Call& call, PolicyKind kind,
                                                const json::object& members) {
    const auto value = [&](std::string_view name) -> std::optional<amqp091::FieldValue> {
        const json::value* member = members.if_contains(name);
        return member == nullptr ? std::nullopt : to_value(*member);
    };
    const auto definition = value("definition");
    const auto pattern = value("pattern");
    if (!definition || !pattern) return std::nullopt;
    return broker::PolicyRequest{.vhost = call.part("vhost"),
                                 .kind = kind,
                                 .name = call.part("name"),
                                 .pattern = *pattern,
                                 .definition = *definition,
                                 .apply_to = value("apply-to"),
                                 .priority = value("priority")};
}

void put(const CallRef& call, PolicyKind kind) {
    if (call->api().topology().find_vhost(call->part("vhost")) == nullptr)
        return call->refuse(404, "not_found", "vhost_not_found");
    auto members = object_of(call);
    if (!members) return;
    Body body(call, std::move(*members));
    body.need({"pattern", "definition"});
    if (!body.ok()) return;
    const auto request = request_in(*call, kind, body.members());
    if (!request) return call->refuse_bad("a name or a number in the policy is too long");
    auto policy = broker::checked_policy(*request);
    if (!policy) return call->refuse_bad(policy.error());
    const bool existed = find_policy(*call, kind) != nullptr;
    call->api().desk().submit(std::move(*policy),
                              [call, existed](const broker::TopologyOutcome& outcome) {
                                  respond_put(call, outcome, existed);
                              });
}

void remove(const CallRef& call, PolicyKind kind) {
    if (find_policy(*call, kind) == nullptr) return call->refuse_not_found();
    call->api().desk().submit(
        broker::DeletePolicy{call->part("vhost"), kind, call->part("name")},
        [call](const broker::TopologyOutcome& outcome) { respond_put(call, outcome, true); });
}

}  // namespace

void list_policies(const CallRef& call) {
    list(call, PolicyKind::user);
}
void get_policy(const CallRef& call) {
    get(call, PolicyKind::user);
}
void put_policy(const CallRef& call) {
    put(call, PolicyKind::user);
}
void delete_policy(const CallRef& call) {
    remove(call, PolicyKind::user);
}

void list_operator_policies(const CallRef& call) {
    list(call, PolicyKind::of_operator);
}
void get_operator_policy(const CallRef& call) {
    get(call, PolicyKind::of_operator);
}
void put_operator_policy(const CallRef& call) {
    put(call, PolicyKind::of_operator);
}
void delete_operator_policy(const CallRef& call) {
    remove(call, PolicyKind::of_operator);
}

}  // namespace warren::http::routes
