#include "broker/topology/policy_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/pattern.h"
#include "broker/topology/policy_checks.h"

namespace warren::broker {

using amqp091::FieldTable;
using amqp091::FieldValue;

namespace {

using Faults = std::vector<std::string>;

constexpr std::array<std::string_view, 6> apply_to_names{
    "all", "queues", "classic_queues", "quorum_queues", "streams", "exchanges"};

std::string validation_failed(const Faults& faults) {
    std::string text = "Validation failed\n\n";
    for (const std::string& fault : faults)
        text += fault + '\n';
    return text;
}

template <typename Value>
void note(Faults& faults, Result<Value, std::string>& checked) {
    if (!checked) faults.push_back(std::move(checked.error()));
}

Result<FieldTable, std::string> checked_definition(const PolicyRequest& request) {
    const auto* list = request.definition.as_array();
    const auto* table = request.definition.as_table();
    if (list != nullptr && !list->empty())
        return fail(
            fmt::format("definition must be a dictionary: {}", json_term(request.definition)));
    if (list == nullptr && table == nullptr)
        return fail(fmt::format("parse error while reading policy definition: {}.",
                                json_term(request.definition)));
    static const FieldTable nothing;
    const FieldTable& definition = table == nullptr ? nothing : *table;
    if (auto fault = find_fault_in_definition(request.kind, definition)) return fail(*fault);
    return definition;
}

Result<ApplyTo, std::string> checked_apply_to(const PolicyRequest& request) {
    if (!request.apply_to) return ApplyTo::all;
    const std::string* name = request.apply_to->as_text();
    if (name != nullptr) {
        const auto found = std::ranges::find(apply_to_names, *name);
        if (found != apply_to_names.end())
            return static_cast<ApplyTo>(found - apply_to_names.begin());
    }
    return fail(
        fmt::format("apply-to '{}' unrecognised; should be one of: 'queues', 'classic_queues',  "
                    "'quorum_queues', 'streams', 'exchanges', or 'all'",
                    name == nullptr ? json_term(*request.apply_to) : *name));
}

Result<std::string, std::string> checked_pattern(const PolicyRequest& request) {
    const std::string* pattern = request.pattern.as_text();
    if (pattern == nullptr)
        return fail(
            fmt::format("pattern should be a binary but was {}", json_term(request.pattern)));
    if (pattern->size() > Pattern::text_bytes_max)
        return fail(fmt::format("pattern must not exceed {} bytes", Pattern::text_bytes_max));
    const auto compiled = Pattern::compile(*pattern);
    if (compiled) return *pattern;
    // The tuple is broken behind its text, as Erlang does beyond column 80, and goes on below it.
    const std::string before = "pattern should be regular expression but is invalid: {";
    return fail(fmt::format("{}\"{}\",\n{:{}}{}}}", before, compiled.error().text, "",
                            before.size(), compiled.error().offset));
}

// RabbitMQ takes fractions too; here a priority is a whole number, however it is written.
Result<std::int64_t, std::string> checked_priority(const PolicyRequest& request) {
    if (!request.priority) return 0;
    if (const auto number = request.priority->as_integer()) return *number;
    constexpr double exact_max = 9007199254740992.0;
    const auto* real = std::get_if<double>(&request.priority->variant());
    if (real != nullptr && std::fabs(*real) <= exact_max && std::trunc(*real) == *real)
        return static_cast<std::int64_t>(*real);
    return fail(
        fmt::format("priority should be a number, actually was {}", json_term(*request.priority)));
}

// ---- parameters ----

Result<std::int64_t, std::string> checked_limit(const amqp091::Field& limit) {
    if (const auto number = limit.value.as_integer()) return *number;
    return fail(
        fmt::format("{} should be a number, actually was {}", limit.name, json_term(limit.value)));
}

// The value is a table or, as Erlang writes an empty one, an empty list.
Result<TopologyCommandBody, std::string> vhost_limits(const std::string& vhost,
                                                      const std::string& name,
                                                      const FieldValue& value) {
    const auto* list = value.as_array();
    const auto* table = value.as_table();
    if (table == nullptr && (list == nullptr || !list->empty()))
        return fail(validation_failed({fmt::format("{} not a list {}", name, json_term(value))}));
    VhostLimits limits;
    Faults faults;
    for (const auto& field : table == nullptr ? FieldTable{} : *table) {
        const bool of_connections = field.name == "max-connections";
        if (!of_connections && field.name != "max-queues") {
            faults.push_back(fmt::format("Unrecognised terms [{{{},{}}}] in {}",
                                         json_term(std::string_view(field.name)),
                                         json_term(field.value), name));
            continue;
        }
        auto number = checked_limit(field);
        note(faults, number);
        if (number) (of_connections ? limits.connections_max : limits.queues_max) = *number;
    }
    if (name != "limits") faults.push_back(fmt::format("name not recognised: {}", json_term(name)));
    if (!faults.empty()) return fail(validation_failed(faults));
    return UpdateVhost{.name = vhost, .limits = limits};
}

Result<TopologyCommandBody, std::string> operator_policy(const std::string& vhost,
                                                         const std::string& name,
                                                         const FieldValue& value) {
    const FieldTable* table = value.as_table();
    if (table == nullptr)
        return fail(validation_failed({fmt::format("{} not a list {}", name, json_term(value))}));
    PolicyRequest request{.vhost = vhost, .kind = PolicyKind::of_operator, .name = name};
    const auto take = [&](std::string_view key) -> std::optional<FieldValue> {
        const FieldValue* found = table->find(key);
        return found == nullptr ? std::nullopt : std::optional(*found);
    };
    request.apply_to = take("apply-to");
    request.priority = take("priority");
    Faults missing;
    for (const auto& [key, place] :
         {std::pair("definition", &request.definition), std::pair("pattern", &request.pattern)}) {
        auto found = take(key);
        if (!found) missing.push_back(fmt::format("Key \"{}\" not found in {}", key, name));
        *place = std::move(found).value_or(FieldValue{});
    }
    if (!missing.empty()) return fail(validation_failed(missing));
    auto policy = checked_policy(request);
    if (!policy) return fail(std::move(policy.error()));
    return std::move(*policy);
}

}  // namespace

Result<SetPolicy, std::string> checked_policy(const PolicyRequest& request) {
    auto definition = checked_definition(request);
    auto apply_to = checked_apply_to(request);
    auto pattern = checked_pattern(request);
    auto priority = checked_priority(request);
    Faults faults;  // in RabbitMQ's order
    note(faults, definition);
    note(faults, apply_to);
    note(faults, pattern);
    note(faults, priority);
    if (!faults.empty()) return fail(validation_failed(faults));
    SetPolicy policy{.vhost = request.vhost,
                     .kind = request.kind,
                     .name = request.name,
                     .pattern = std::move(*pattern),
                     .apply_to = *apply_to,
                     .priority = *priority,
                     .definition = std::move(*definition)};
    policy.definition.sort_by_name();
    return policy;
}

Result<TopologyCommandBody, std::string> checked_parameter(const std::string& vhost,
                                                           const std::string& component,
                                                           const std::string& name,
                                                           const FieldValue& value) {
    if (component == "policy") return fail("policies may not be set using this method");
    if (component == "operator_policy") return operator_policy(vhost, name, value);
    if (component == "vhost-limits") return vhost_limits(vhost, name, value);
    static constexpr std::array<std::string_view, 3> kept{"shovel", "federation-upstream",
                                                          "federation-upstream-set"};
    if (std::ranges::find(kept, component) != kept.end())
        return SetParameter{vhost, component, name, value};
    return fail(validation_failed({fmt::format("component {} not found", component)}));
}

std::string_view name_of(ApplyTo apply_to) {
    return apply_to_names[static_cast<std::size_t>(apply_to)];
}

}  // namespace warren::broker
