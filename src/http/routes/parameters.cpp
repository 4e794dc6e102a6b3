// /api/parameters and /api/global-parameters, and the cluster's name, which is one of the latter.
// Limits of virtual hosts and policies of operators are parameters too, for those who ask here.
#include "broker/topology/policy_requests.h"
#include "http/definitions/definitions.h"
#include "http/json_support.h"
#include "http/json_values.h"
#include "http/listing.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

constexpr std::string_view limits_component = "vhost-limits";
constexpr std::string_view limits_name = "limits";
constexpr std::string_view operator_component = "operator_policy";
constexpr std::string_view cluster_name_parameter = "cluster_name";

json::object parameter_json(const broker::Vhost& vhost, std::string_view component,
                            std::string_view name, json::value value) {
    return {{"value", std::move(value)},
            {"vhost", json_text(vhost.name)},
            {"component", json_text(component)},
            {"name", json_text(name)}};
}

json::object operator_policy_json(const broker::Policy& policy) {
    return {{"pattern", json_text(policy.pattern)},
            {"definition", to_json(policy.definition)},
            {"priority", policy.priority},
            {"apply-to", broker::name_of(policy.apply_to)}};
}

// Those of one component, if it is not empty.
void add_parameters(const broker::Vhost& vhost, std::string_view component, json::array& list) {
    const auto wanted = [&](std::string_view one) { return component.empty() || component == one; };
    for (const auto& [key, value] : vhost.parameters)
        if (wanted(key.first))
            list.push_back(parameter_json(vhost, key.first, key.second, json_value(value)));
    const auto limits = limits_json(vhost.limits);
    if (wanted(limits_component) && !limits.empty())
        list.push_back(parameter_json(vhost, limits_component, limits_name, limits));
    if (!wanted(operator_component)) return;
    for (const auto& [name, policy] : vhost.policies.of(broker::PolicyKind::of_operator))
        list.push_back(
            parameter_json(vhost, operator_component, name, operator_policy_json(policy)));
}

// The one that the path names.
std::optional<json::object> find_parameter(const Call& call) {
    const auto* vhost = call.api().topology().find_vhost(call.part("vhost"));
    if (vhost == nullptr) return std::nullopt;
    json::array list;
    add_parameters(*vhost, call.part("component"), list);
    for (auto& parameter : list)
        if (view(parameter.at("name").as_string()) == call.part("name"))
            return std::move(parameter.get_object());
    return std::nullopt;
}

// The command that takes it away.
broker::TopologyCommandBody removal(const Call& call) {
    const std::string& vhost = call.part("vhost");
    const std::string& component = call.part("component");
    if (component == limits_component)
        return broker::UpdateVhost{.name = vhost, .limits = broker::VhostLimits{}};
    if (component == operator_component)
        return broker::DeletePolicy{vhost, broker::PolicyKind::of_operator, call.part("name")};
    return broker::DeleteParameter{vhost, component, call.part("name")};
}

// The member "value" of the body as a field value; nothing: the call has been refused.
std::optional<amqp091::FieldValue> member_in(const CallRef& call, std::string_view name) {
    auto members = object_of(call);
    if (!members) return std::nullopt;
    Body body(call, std::move(*members));
    body.need({name});
    if (!body.ok()) return std::nullopt;
    auto value = to_value(body.members().at(name));
    if (!value) call->refuse_bad("a name or a number in the value is too long");
    return value;
}

bool is_hidden(std::string_view global_parameter) {
    return global_parameter == imported_definitions_parameter;
}

json::object global_json(std::string_view name, const amqp091::FieldValue& value) {
    return {{"name", json_text(name)}, {"value", json_value(value)}};
}

void set_global(const CallRef& call, std::string name, amqp091::FieldValue value, bool existed) {
    call->api().desk().submit(broker::SetGlobalParameter{std::move(name), std::move(value)},
                              [call, existed](const broker::TopologyOutcome& outcome) {
                                  respond_put(call, outcome, existed);
                              });
}

}  // namespace

void list_parameters(const CallRef& call) {
    const auto vhosts = listed_vhosts(call, call->resource_has("vhost"));
    if (!vhosts) return;
    const bool of_one = call->resource_has("component");
    json::array list;
    for (const auto* vhost : *vhosts)
        add_parameters(*vhost, of_one ? call->part("component") : std::string_view(), list);
    respond_list(call, std::move(list), {"vhost", "component", "name"});
}

void get_parameter(const CallRef& call) {
    auto parameter = find_parameter(*call);
    if (!parameter) return call->refuse_not_found();
    respond_object(call, std::move(*parameter));
}

void put_parameter(const CallRef& call) {
    if (call->api().topology().find_vhost(call->part("vhost")) == nullptr)
        return call->refuse(404, "not_found", "vhost_not_found");
    const auto value = member_in(call, "value");
    if (!value) return;
    auto command = broker::checked_parameter(call->part("vhost"), call->part("component"),
                                             call->part("name"), *value);
    if (!command) return call->refuse_bad(command.error());
    const bool existed = find_parameter(*call).has_value();
    call->api().desk().submit(std::move(*command),
                              [call, existed](const broker::TopologyOutcome& outcome) {
                                  respond_put(call, outcome, existed);
                              });
}

void delete_parameter(const CallRef& call) {
    if (!find_parameter(*call)) return call->refuse_not_found();
    call->api().desk().submit(removal(*call), [call](const broker::TopologyOutcome& outcome) {
        respond_put(call, outcome, true);
    });
}

void list_global_parameters(const CallRef& call) {
    json::array list;
    for (const auto& [name, value] : call->api().topology().global_parameters())
        if (!is_hidden(name)) list.push_back(global_json(name, value));
    respond_list(call, std::move(list), {"name"});
}

void get_global_parameter(const CallRef& call) {
    const auto& parameters = call->api().topology().global_parameters();
    const auto found = parameters.find(call->part("name"));
    if (found == parameters.end() || is_hidden(found->first)) return call->refuse_not_found();
    respond_object(call, global_json(found->first, found->second));
}

void put_global_parameter(const CallRef& call) {
    auto value = member_in(call, "value");
    if (!value) return;
    const std::string& name = call->part("name");
    set_global(call, name, std::move(*value),
               call->api().topology().global_parameters().contains(name));
}

void delete_global_parameter(const CallRef& call) {
    const std::string& name = call->part("name");
    if (!call->api().topology().global_parameters().contains(name)) return call->refuse_not_found();
    call->api().desk().submit(
        broker::DeleteGlobalParameter{name},
        [call](const broker::TopologyOutcome& outcome) { respond_put(call, outcome, true); });
}

void get_cluster_name(const CallRef& call) {
    call->respond_json(json::object{{"name", call->api().cluster_name()}});
}

void put_cluster_name(const CallRef& call) {
    auto members = object_of(call);
    if (!members) return;
    Body body(call, std::move(*members));
    body.need({"name"});
    if (!body.ok()) return;
    const std::string name = body.text("name", "");
    if (body.ok()) set_global(call, std::string(cluster_name_parameter), name, true);
}

}  // namespace warren::http::routes
