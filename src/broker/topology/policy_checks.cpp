#include "broker/topology/policy_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "amqp091/erlang_text.h"
#include "broker/topology/policy_keys.h"

namespace warren::broker {

using amqp091::FieldTable;
using amqp091::FieldValue;

namespace {

bool is_one_of(const FieldValue& value, std::string_view a, std::string_view b) {
    return value.as_text() != nullptr && (*value.as_text() == a || *value.as_text() == b);
}

bool is_number(const FieldValue& value) {
    return value.as_integer() || std::holds_alternative<double>(value.variant());
}

bool is_negative(const FieldValue& value) {
    const auto* real = std::get_if<double>(&value.variant());
    return real != nullptr ? *real < 0 : value.as_integer().value_or(0) < 0;
}

// ---- keys that are looked at together ----

PolicyFault check_ha_params(std::string_view mode, const FieldValue* params) {
    if (mode == "all") {
        if (params == nullptr) return {};
        return "ha-mode=\"all\" does not take parameters";
    }
    const std::string given = params == nullptr ? "none" : json_term(*params);
    if (mode == "exactly") {
        if (params != nullptr && params->as_integer().value_or(0) > 0) return {};
        return fmt::format("ha-mode=\"exactly\" takes an integer, {} given", given);
    }
    const auto* nodes = params == nullptr ? nullptr : params->as_array();
    if (nodes == nullptr) return fmt::format("ha-mode=\"nodes\" takes a list, {} given", given);
    if (nodes->empty()) return "ha-mode=\"nodes\" list must be non-empty";
    amqp091::FieldArray others;
    std::ranges::copy_if(*nodes, std::back_inserter(others),
                         [](const FieldValue& node) { return node.as_text() == nullptr; });
    if (others.empty()) return {};
    return fmt::format("ha-mode=\"nodes\" takes a list of strings, {} was not a string",
                       json_term(others));
}

PolicyFault check_ha_words(const FieldTable& definition) {
    if (const FieldValue* mode = definition.find("ha-sync-mode");
        mode != nullptr && !is_one_of(*mode, "manual", "automatic"))
        return fmt::format("ha-sync-mode must be \"manual\" or \"automatic\", got {}",
                           json_term(*mode));
    if (const FieldValue* size = definition.find("ha-sync-batch-size");
        size != nullptr && size->as_integer().value_or(0) <= 0)
        return fmt::format("ha-sync-batch-size takes an integer greater than 0, {} given",
                           json_term(*size));
    for (const std::string_view key : {"ha-promote-on-shutdown", "ha-promote-on-failure"})
        if (const FieldValue* when = definition.find(key);
            when != nullptr && !is_one_of(*when, "always", "when-synced"))
            return fmt::format("{} must be \"always\" or \"when-synced\", got {}", key,
                               json_term(*when));
    return {};
}

PolicyFault check_mirroring(const FieldTable& definition) {
    const FieldValue* mode = definition.find("ha-mode");
    if (mode == nullptr)
        return "ha-mode must be specified to specify ha-params, ha-sync-mode or "
               "ha-promote-on-shutdown";
    const bool known = is_one_of(*mode, "all", "exactly") || is_one_of(*mode, "nodes", "nodes");
    if (!known) return invalid_value(*mode, "ha-mode value");
    if (auto fault = check_ha_params(*mode->as_text(), definition.find("ha-params"))) return fault;
    return check_ha_words(definition);
}

PolicyFault check_delayed_retry(const FieldTable& definition) {
    const FieldValue* type = definition.find("delayed-retry-type");
    const FieldValue* min = definition.find("delayed-retry-min");
    const FieldValue* max = definition.find("delayed-retry-max");
    if (type != nullptr && *type->as_text() != "disabled" && min == nullptr)
        return fmt::format("delayed-retry-min is required when delayed-retry-type is {}",
                           *type->as_text());
    if (min == nullptr || max == nullptr || *max->as_integer() >= *min->as_integer()) return {};
    return fmt::format("delayed-retry-max ({}) must not be smaller than delayed-retry-min ({})",
                       *max->as_integer(), *min->as_integer());
}

PolicyFault check_sharding(const FieldTable& definition) {
    const FieldValue* shards = definition.find("shards-per-node");
    const FieldValue* key = definition.find("routing-key");
    if (shards == nullptr) return "shards-per-node must be specified";
    if (!is_number(*shards))
        return fmt::format("shards-per-node should be a number, actually was {}",
                           json_term(*shards));
    if (is_negative(*shards))
        return fmt::format("shards-per-node should be greater than 0, actually was {}",
                           json_term(*shards));
    if (key == nullptr || key->as_text() != nullptr) return {};
    return fmt::format("routing-key should be binary, actually was {}", json_term(*key));
}

// The keys that this checker knows, each known to be for operators if it must be.
PolicyFault check_part(PolicyChecker checker, const FieldTable& part) {
    if (checker == PolicyChecker::federation && part.size() > 1)
        return "cannot specify federation-upstream, federation-upstream-set or "
               "federation-upstream-pattern together";
    for (const auto& field : part) {
        const PolicyKey* key = find_policy_key(field.name);
        if (key->accepts != nullptr && !key->accepts(field.value))
            return invalid_value(field.value, key->what);
    }
    if (checker == PolicyChecker::mirroring) return check_mirroring(part);
    if (checker == PolicyChecker::quorum_queues) return check_delayed_retry(part);
    if (checker == PolicyChecker::sharding) return check_sharding(part);
    return {};
}

void append_json_term(std::string& text, const FieldValue& value);

void append_list(std::string& text, const amqp091::FieldArray& items) {
    text += '[';
    for (const FieldValue& item : items) {
        if (&item != items.data()) text += ',';
        append_json_term(text, item);
    }
    text += ']';
}

void append_map(std::string& text, const FieldTable& table) {
    text += "#{";
    for (const auto& field : table) {
        if (&field != table.begin()) text += ',';
        append_json_term(text, std::string_view(field.name));
        text += " => ";
        append_json_term(text, field.value);
    }
    text += '}';
}

void append_json_term(std::string& text, const FieldValue& value) {
    if (std::holds_alternative<std::monostate>(value.variant()))
        text += "null";
    else if (const auto* items = value.as_array())
        append_list(text, *items);
    else if (const auto* table = value.as_table())
        append_map(text, *table);
    else
        amqp091::append_term(text, value);
}

std::string unrecognised(const FieldTable& rest) {
    std::string text = "[";
    for (const auto& field : rest) {
        if (&field != rest.begin()) text += ',';
        text += fmt::format("{{{},{}}}", json_term(std::string_view(field.name)),
                            json_term(field.value));
    }
    return text + "] are not recognised policy settings";
}

}  // namespace

PolicyFault find_fault_in_definition(PolicyKind kind, const FieldTable& definition) {
    if (definition.empty()) return "no policy provided";
    FieldTable sorted = definition;
    sorted.sort_by_name();
    FieldTable parts[policy_checker_count];
    FieldTable rest;
    for (const auto& field : sorted) {
        const PolicyKey* key = find_policy_key(field.name);
        const bool is_known = key != nullptr && (kind == PolicyKind::user || key->for_operators);
        FieldTable& part = is_known ? parts[static_cast<std::size_t>(key->checker)] : rest;
        part.add(field.name, field.value);
    }
    for (std::size_t checker = 0; checker < policy_checker_count; ++checker)
        if (!parts[checker].empty())
            if (auto fault = check_part(static_cast<PolicyChecker>(checker), parts[checker]))
                return fault;
    if (rest.empty()) return {};
    return unrecognised(rest);
}

std::string json_term(const FieldValue& value) {
    std::string text;
    append_json_term(text, value);
    return text;
}

std::string invalid_value(const FieldValue& value, std::string_view what) {
    return fmt::format("{} is not a valid {}", json_term(value), what);
}

}  // namespace warren::broker
