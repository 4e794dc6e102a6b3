#include "app/audit_recorder.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "amqp091/field_texts.h"
#include "broker/topology/policy_requests.h"
#include "http/json_support.h"
#include "http/json_values.h"

namespace warren::app {

using amqp091::FieldArray;
using amqp091::FieldTable;
using amqp091::FieldValue;
namespace json = boost::json;

namespace {

// ---- no secrets: the password in a URI is left out ----

std::string without_password(const std::string& text) {
    const std::size_t scheme = text.find("://");
    if (scheme == std::string::npos) return text;
    const std::size_t begin = scheme + 3;
    const std::size_t at = text.find('@', begin);
    const std::size_t colon = text.find(':', begin);
    if (at == std::string::npos || colon == std::string::npos || colon > at) return text;
    return text.substr(0, colon + 1) + "***" + text.substr(at);
}

FieldValue without_passwords(const FieldValue& value) {
    if (const auto* text = value.as_text()) return without_password(*text);
    if (const auto* array = value.as_array()) {
        FieldArray copy;
        for (const FieldValue& item : *array)
            copy.push_back(without_passwords(item));
        return copy;
    }
    const auto* table = value.as_table();
    if (table == nullptr) return value;
    FieldTable copy;
    for (const amqp091::Field& field : *table)
        copy.add(field.name, without_passwords(field.value));
    return copy;
}

// ---- what a thing is, as a table ----

FieldTable describe(const broker::QueueRecord& queue) {
    return {{"type", std::string(broker::name_of(queue.type))},
            {"durable", queue.durable},
            {"auto_delete", queue.auto_delete},
            {"exclusive", queue.exclusive()},
            {"arguments", *queue.arguments}};
}

FieldTable describe(const broker::ExchangeRecord& exchange) {
    return {{"type", std::string(exchange.type->name)},
            {"durable", exchange.durable},
            {"auto_delete", exchange.auto_delete},
            {"internal", exchange.internal},
            {"arguments", *exchange.arguments}};
}

FieldTable describe(const broker::Binding& binding) {
    const bool to_queue = binding.destination->kind == broker::DestinationKind::queue;
    return {{"source", binding.source->name},
            {"destination_type", to_queue ? "queue" : "exchange"},
            {"destination", binding.destination->name},
            {"routing_key", binding.key},
            {"arguments", *binding.arguments}};
}

FieldTable describe(const broker::Vhost& vhost) {
    FieldTable table{{"description", vhost.description},
                     {"tags", amqp091::field_texts(vhost.tags)},
                     {"default_queue_type", vhost.default_queue_type},
                     {"protected_from_deletion", vhost.is_protected},
                     {"tracing", vhost.is_traced}};
    if (vhost.limits.queues_max) table.add("max-queues", *vhost.limits.queues_max);
    if (vhost.limits.connections_max) table.add("max-connections", *vhost.limits.connections_max);
    return table;
}

FieldTable describe(const auth::User& user) {
    FieldTable table{{"tags", amqp091::field_texts(user.tags)}};
    if (user.limits.connections_max)
        table.add("max-connections", static_cast<std::int64_t>(*user.limits.connections_max));
    if (user.limits.channels_max)
        table.add("max-channels", static_cast<std::int64_t>(*user.limits.channels_max));
    return table;
}

FieldTable describe(const broker::Policy& policy) {
    return {{"pattern", policy.pattern},
            {"apply-to", std::string(broker::name_of(policy.apply_to))},
            {"priority", policy.priority},
            {"definition", policy.definition}};
}

// ---- what a command is about, if the topology does not tell of it ----

using Thing = AuditRecorder::Thing;
using Description = std::optional<FieldTable>;

struct Subject {
    Thing thing;
    Description description;
};

struct SubjectOf {
    const cluster::ChangeWatcher::State& state;

    std::optional<Subject> operator()(const broker::CreateVhost& command) const {
        return vhost(command.name);
    }
    std::optional<Subject> operator()(const broker::UpdateVhost& command) const {
        return vhost(command.name);
    }
    std::optional<Subject> operator()(const broker::DeleteVhost& command) const {
        return vhost(command.name);
    }
    std::optional<Subject> operator()(const broker::ProtectVhost& command) const {
        return vhost(command.name);
    }
    std::optional<Subject> operator()(const broker::TraceVhost& command) const {
        return vhost(command.name);
    }
    std::optional<Subject> operator()(const broker::SetPolicy& command) const {
        return policy(command.vhost, command.kind, command.name);
    }
    std::optional<Subject> operator()(const broker::DeletePolicy& command) const {
        return policy(command.vhost, command.kind, command.name);
    }
    std::optional<Subject> operator()(const broker::SetParameter& command) const {
        return parameter(command.vhost, command.component, command.name);
    }
    std::optional<Subject> operator()(const broker::DeleteParameter& command) const {
        return parameter(command.vhost, command.component, command.name);
    }
    std::optional<Subject> operator()(const broker::SetGlobalParameter& command) const {
        return global_parameter(command.name);
    }
    std::optional<Subject> operator()(const broker::DeleteGlobalParameter& command) const {
        return global_parameter(command.name);
    }
    std::optional<Subject> operator()(const auth::PutUser& command) const {
        return user(command.name);
    }
    std::optional<Subject> operator()(const auth::DeleteUser& command) const {
        return user(command.name);
    }
    std::optional<Subject> operator()(const auth::SetUserLimits& command) const {
        return user(command.name);
    }
    std::optional<Subject> operator()(const auth::SetPermissions& command) const {
        return permissions(command.user, command.vhost);
    }
    std::optional<Subject> operator()(const auth::ClearPermissions& command) const {
        return permissions(command.user, command.vhost);
    }
    std::optional<Subject> operator()(const auth::SetTopicPermissions& command) const {
        return topic_permissions(command.user, command.vhost);
    }
    std::optional<Subject> operator()(const auth::ClearTopicPermissions& command) const {
        return topic_permissions(command.user, command.vhost);
    }
    template <typename Other>
    std::optional<Subject> operator()(const Other&) const {
        return std::nullopt;
    }

private:
    std::optional<Subject> vhost(const std::string& name) const {
        Subject subject{{"vhost", name, name}, {}};
        if (const auto* found = state.topology.find_vhost(name))
            subject.description = describe(*found);
        return subject;
    }
    std::optional<Subject> policy(const std::string& vhost_name, broker::PolicyKind kind,
                                  const std::string& name) const {
        const bool of_operator = kind == broker::PolicyKind::of_operator;
        Subject subject{{of_operator ? "operator_policy" : "policy", vhost_name, name}, {}};
        const auto* vhost = state.topology.find_vhost(vhost_name);
        const auto* found = vhost == nullptr ? nullptr : vhost->policies.find(kind, name);
        if (found != nullptr) subject.description = describe(*found);
        return subject;
    }
    std::optional<Subject> parameter(const std::string& vhost_name, const std::string& component,
                                     const std::string& name) const {
        Subject subject{{"parameter", vhost_name, component + "/" + name}, {}};
        const auto* vhost = state.topology.find_vhost(vhost_name);
        if (vhost == nullptr) return subject;
        const auto found = vhost->parameters.find({component, name});
        if (found != vhost->parameters.end())
            subject.description = FieldTable{{"value", without_passwords(found->second)}};
        return subject;
    }
    std::optional<Subject> global_parameter(const std::string& name) const {
        Subject subject{{"global_parameter", {}, name}, {}};
        const auto found = state.topology.global_parameters().find(name);
        if (found != state.topology.global_parameters().end())
            subject.description = FieldTable{{"value", without_passwords(found->second)}};
        return subject;
    }
    std::optional<Subject> user(const std::string& name) const {
        Subject subject{{"user", {}, name}, {}};
        if (const auto* found = state.users.find(name)) subject.description = describe(*found);
        return subject;
    }
    std::optional<Subject> permissions(const std::string& user, const std::string& vhost) const {
        Subject subject{{"permissions", vhost, user}, {}};
        const auto* access = state.users.access(user, vhost);
        if (access == nullptr || !access->permissions) return subject;
        const auto patterns = access->permissions->texts();
        subject.description = FieldTable{
            {"configure", patterns.configure}, {"write", patterns.write}, {"read", patterns.read}};
        return subject;
    }
    std::optional<Subject> topic_permissions(const std::string& user,
                                             const std::string& vhost) const {
        Subject subject{{"topic_permissions", vhost, user}, {}};
        const auto* access = state.users.access(user, vhost);
        if (access == nullptr || access->topics.empty()) return subject;
        FieldTable exchanges;
        for (const auto& [exchange, topic] : access->topics)
            exchanges.add(exchange,
                          FieldTable{{"write", topic.texts.write}, {"read", topic.texts.read}});
        subject.description = std::move(exchanges);
        return subject;
    }
};

std::optional<Subject> subject_of(const cluster::MetadataCommand& command,
                                  const cluster::ChangeWatcher::State& state) {
    const SubjectOf subject{state};
    if (const auto* change = std::get_if<broker::TopologyCommand>(&command))
        return std::visit(subject, change->body);
    return std::visit(subject, std::get<auth::UserCommand>(command));
}

// That somebody has set one is all that is told.
bool sets_password(const cluster::MetadataCommand& command) {
    const auto* change = std::get_if<auth::UserCommand>(&command);
    const auto* put = change == nullptr ? nullptr : std::get_if<auth::PutUser>(change);
    return put != nullptr && put->password.has_value();
}

// ---- lines ----

json::object fields_of(const FieldTable& table, const FieldTable* other) {
    json::object object;
    for (const amqp091::Field& field : table) {
        const FieldValue* twin = other == nullptr ? nullptr : other->find(field.name);
        if (twin == nullptr || *twin != field.value)
            object[http::json_text(field.name)] = http::json_value(field.value);
    }
    return object;
}

json::object line_of(std::string_view action, const broker::Actor& actor, WallTime time) {
    return {{"time", http::rfc3339(time)},
            {"action", action},
            {"user", http::json_text(actor.user)},
            {"address", actor.address},
            {"protocol", actor.protocol}};
}

}  // namespace

void AuditRecorder::about_to_change(const cluster::MetadataCommand& command, const State& before,
                                    const broker::Actor* actor) {
    actor_ = actor == nullptr ? broker::Actor{"rmq-internal", {}, "node"} : *actor;
    auto subject = subject_of(command, before);
    before_ = subject ? std::move(subject->description) : std::nullopt;
}

void AuditRecorder::changed(const cluster::MetadataCommand& command, const State& after) {
    auto subject = subject_of(command, after);
    if (!subject) return;
    if (subject->description && sets_password(command))
        subject->description->add("password", "set");
    tell(subject->thing, before_, subject->description);
}

void AuditRecorder::tell(const Thing& thing, const Description& before, const Description& after) {
    const bool existed = before.has_value();
    const std::string_view action = !existed ? "created" : after ? "changed" : "deleted";
    json::object line = line_of(action, actor_, clock_());
    line["kind"] = thing.kind;
    if (!thing.vhost.empty()) line["vhost"] = http::json_text(thing.vhost);
    line["name"] = http::json_text(thing.name);
    if (before) line["before"] = fields_of(*before, after ? &*after : nullptr);
    if (after) line["after"] = fields_of(*after, before ? &*before : nullptr);
    write_(json::serialize(line));
}

void AuditRecorder::exchange_created(const broker::ExchangeRecord& exchange) {
    tell({"exchange", exchange.vhost->name, exchange.name}, {}, describe(exchange));
}

void AuditRecorder::exchange_deleted(const broker::ExchangeRecord& exchange) {
    tell({"exchange", exchange.vhost->name, exchange.name}, describe(exchange), {});
}

void AuditRecorder::queue_created(const broker::QueueRecord& queue) {
    if (!queue.is_delay_queue())
        tell({"queue", queue.vhost->name, queue.name}, {}, describe(queue));
}

void AuditRecorder::queue_deleted(const broker::QueueRecord& queue) {
    if (!queue.is_delay_queue())
        tell({"queue", queue.vhost->name, queue.name}, describe(queue), {});
}

void AuditRecorder::binding_created(const broker::Binding& binding) {
    tell({"binding", binding.destination->vhost->name, binding.destination->name}, {},
         describe(binding));
}

void AuditRecorder::binding_deleted(const broker::Binding& binding) {
    tell({"binding", binding.destination->vhost->name, binding.destination->name},
         describe(binding), {});
}

std::string deed_line(const broker::Actor& actor, const broker::Deed& deed, WallTime time) {
    json::object line = line_of(deed.action, actor, time);
    line["kind"] = deed.kind;
    if (!deed.vhost.empty()) line["vhost"] = http::json_text(deed.vhost);
    if (!deed.name.empty()) line["name"] = http::json_text(deed.name);
    if (!deed.reason.empty()) line["reason"] = http::json_text(deed.reason);
    return json::serialize(line);
}

}  // namespace warren::app
