// Policies, runtime parameters and global parameters (reader.h).
#include <fmt/format.h>

#include "broker/topology/policy_checks.h"
#include "broker/topology/policy_keys.h"
#include "broker/topology/policy_requests.h"
#include "http/definitions/reader.h"

namespace warren::http {

using amqp091::FieldTable;
using broker::PolicyKind;

namespace {

// The lines behind RabbitMQ's "Validation failed", in one.
std::string without_headline(std::string text) {
    constexpr std::string_view headline = "Validation failed\n\n";
    if (text.starts_with(headline)) text.erase(0, headline.size());
    while (text.ends_with('\n'))
        text.pop_back();
    for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at))
        text.replace(at, 1, "; ");
    return text;
}

// The key of a definition that is wrong by itself; empty if it is the whole.
std::string_view wrong_key(PolicyKind kind, const FieldTable& definition) {
    for (const auto& field : definition) {
        const broker::PolicyKey* key = broker::find_policy_key(field.name);
        const bool is_known = key != nullptr && (kind == PolicyKind::user || key->for_operators);
        if (!is_known || (key->accepts != nullptr && !key->accepts(field.value))) return field.name;
    }
    return {};
}

void report(const Entry& entry, const broker::PolicyRequest& request, const std::string& text) {
    for (const std::string_view key : {"pattern", "apply-to", "priority"})
        if (text.starts_with(key)) return entry.fault(key, text);
    const FieldTable* definition = request.definition.as_table();
    const std::string_view key = definition == nullptr ? "" : wrong_key(request.kind, *definition);
    if (key.empty()) return entry.fault("definition", text);
    entry.fault_in("definition", key, text);
}

}  // namespace

void Reader::read_policy_of(PolicyKind kind, const std::string& vhost, const std::string& name,
                            Entry& entry) {
    broker::PolicyRequest request{.vhost = vhost,
                                  .kind = kind,
                                  .name = name,
                                  .pattern = entry.value("pattern").value_or(amqp091::FieldValue()),
                                  .definition = entry.value("definition").value_or(FieldTable{}),
                                  .apply_to = entry.value("apply-to"),
                                  .priority = entry.value("priority")};
    auto policy = broker::checked_policy(request);
    if (!policy) return report(entry, request, without_headline(policy.error()));
    add(fmt::format("{} '{}' in vhost '{}'",
                    kind == PolicyKind::user ? "policy" : "operator policy", name, vhost),
        std::move(*policy));
}

void Reader::read_policy(Entry& entry) {
    const std::string vhost = read_vhost_of(entry);
    read_policy_of(PolicyKind::user, vhost, entry.text("name"), entry);
}

// Limits of virtual hosts and policies of operators are runtime parameters in a file.
void Reader::read_parameter(Entry& entry) {
    const std::string component = entry.text("component");
    const std::string name = entry.text("name");
    const std::string vhost = read_vhost_of(entry);
    if (component == "vhost-limits") {
        if (auto limits = entry.object("value")) return set_vhost_limits(vhost, *limits);
        return add(fmt::format("limits of vhost '{}'", vhost),
                   broker::UpdateVhost{.name = vhost, .limits = broker::VhostLimits{}});
    }
    if (component == "operator_policy") {
        if (auto policy = entry.object("value"))
            return read_policy_of(PolicyKind::of_operator, vhost, name, *policy);
        return entry.fault("value", "expected an object, found nothing");
    }
    const auto value = entry.value("value");
    if (!value) return entry.fault("value", "expected a value, found nothing");
    auto command = broker::checked_parameter(vhost, component, name, *value);
    if (!command) return entry.fault("component", without_headline(command.error()));
    definitions.warnings.push_back(
        fmt::format("Parameter '{}' of component {} in virtual host '{}' is kept and has no effect "
                    "yet.",
                    name, component, vhost));
    add(fmt::format("parameter '{}' of component {} in vhost '{}'", name, component, vhost),
        std::move(*command));
}

void Reader::read_global_parameter(Entry& entry) {
    const std::string name = entry.text("name");
    const auto value = entry.value("value");
    if (!value) return entry.fault("value", "expected a value, found nothing");
    add(fmt::format("global parameter '{}'", name), broker::SetGlobalParameter{name, *value});
}

}  // namespace warren::http
