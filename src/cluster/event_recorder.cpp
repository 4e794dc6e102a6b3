#include "cluster/event_recorder.h"

#include <fmt/format.h>

#include <utility>

#include "amqp091/erlang_text.h"
#include "amqp091/field_texts.h"
#include "broker/topology/policy_requests.h"

namespace warren::cluster {

using amqp091::FieldArray;
using amqp091::FieldTable;
using amqp091::FieldValue;

namespace {

// What nobody has asked for is the node's own doing.
constexpr std::string_view node_itself = "rmq-internal";

FieldTable describe(const broker::Binding& binding) {
    const bool to_queue = binding.destination->kind == broker::DestinationKind::queue;
    return {{"vhost", binding.destination->vhost->name},
            {"source_name", binding.source->name},
            {"source_kind", "exchange"},
            {"destination_name", binding.destination->name},
            {"destination_kind", to_queue ? "queue" : "exchange"},
            {"routing_key", binding.key},
            {"arguments", amqp091::printed_fields(*binding.arguments)}};
}

FieldTable describe(const broker::Vhost& vhost, std::string_view node_name) {
    const std::string type =
        vhost.default_queue_type.empty() ? "classic" : vhost.default_queue_type;
    FieldTable state;
    state.add(node_name, "running");
    return {{"name", vhost.name},
            {"description", vhost.description},
            {"tags", amqp091::field_texts(vhost.tags)},
            {"default_queue_type", type},
            {"protected_from_deletion", vhost.is_protected},
            {"tracing", vhost.is_traced},
            {"cluster_state", state}};
}

FieldTable limits_of(const broker::VhostLimits& limits) {
    FieldTable table;
    if (limits.connections_max) table.add("max-connections", *limits.connections_max);
    if (limits.queues_max) table.add("max-queues", *limits.queues_max);
    return table;
}

FieldTable limits_of(const auth::UserLimits& limits) {
    FieldTable table;
    if (limits.channels_max)
        table.add("max-channels", static_cast<std::int64_t>(*limits.channels_max));
    if (limits.connections_max)
        table.add("max-connections", static_cast<std::int64_t>(*limits.connections_max));
    return table;
}

}  // namespace

void EventRecorder::about_to_change(const MetadataCommand& command, const State& before,
                                    const broker::Actor* actor) {
    wanted_ = shard_.wants_events();
    if (!wanted_) return;
    who_ = actor == nullptr ? node_itself : actor->user;
    user_is_new_ = false;
    if (const auto* change = std::get_if<auth::UserCommand>(&command))
        if (const auto* put = std::get_if<auth::PutUser>(change))
            user_is_new_ = before.users.find(put->name) == nullptr;
}

void EventRecorder::emit(std::string key, FieldTable headers) {
    headers.add("user_who_performed_action", who_);
    shard_.emit({std::move(key), std::move(headers)});
}

void EventRecorder::exchange_created(const broker::ExchangeRecord& exchange) {
    if (!wanted_) return;
    emit("exchange.created", {{"vhost", exchange.vhost->name},
                              {"name", exchange.name},
                              {"type", std::string(exchange.type->name)},
                              {"durable", exchange.durable},
                              {"auto_delete", exchange.auto_delete},
                              {"internal", exchange.internal},
                              {"policy", ""},
                              {"arguments", amqp091::printed_fields(*exchange.arguments)}});
}

void EventRecorder::exchange_deleted(const broker::ExchangeRecord& exchange) {
    if (!wanted_) return;
    emit("exchange.deleted", {{"vhost", exchange.vhost->name}, {"name", exchange.name}});
}

// As the connection's own events name it.
std::string EventRecorder::connection_of(ConnectionId owner) const {
    return fmt::format("<{}.{}.{}.0>", node_name_, owner.shard().value, owner.counter());
}

void EventRecorder::queue_created(const broker::QueueRecord& queue) {
    // That of a delayed exchange is a part of it.
    if (!wanted_ || queue.is_delay_queue()) return;
    emit("queue.created", {{"vhost", queue.vhost->name},
                           {"name", queue.name},
                           {"durable", queue.durable},
                           {"auto_delete", queue.auto_delete},
                           {"exclusive", queue.exclusive()},
                           {"owner_pid", queue.exclusive() ? connection_of(queue.owner) : ""},
                           {"type", std::string(broker::module_name_of(queue.type))},
                           {"leader", node_name_},
                           {"members", FieldArray{{node_name_}}},
                           {"arguments", amqp091::printed_fields(*queue.arguments)}});
}

void EventRecorder::queue_deleted(const broker::QueueRecord& queue) {
    if (!wanted_ || queue.is_delay_queue()) return;
    emit("queue.deleted", {{"vhost", queue.vhost->name},
                           {"name", queue.name},
                           {"type", std::string(broker::module_name_of(queue.type))}});
}

void EventRecorder::binding_created(const broker::Binding& binding) {
    if (wanted_) emit("binding.created", describe(binding));
}

void EventRecorder::binding_deleted(const broker::Binding& binding) {
    if (wanted_) emit("binding.deleted", describe(binding));
}

struct EventRecorder::Changed {
    EventRecorder& events;
    const State& after;

    // ---- vhosts ----
    void operator()(const broker::CreateVhost& command) {
        tell_vhost("vhost.created", command.name);
    }
    void operator()(const broker::ProtectVhost& command) {
        tell_vhost("vhost.updated", command.name);
    }
    void operator()(const broker::UpdateVhost& command) {
        if (command.limits) {
            const FieldTable limits = limits_of(*command.limits);
            events.emit("parameter.set", {{"vhost", command.name},
                                          {"component", "vhost-limits"},
                                          {"name", "limits"},
                                          {"value", limits}});
            FieldTable headers = limits;
            headers.add("vhost", command.name);
            headers.add("name", "limits");
            events.emit("vhost.limits.set", std::move(headers));
        }
        if (command.description || command.tags || command.default_queue_type)
            tell_vhost("vhost.updated", command.name);
    }
    void operator()(const broker::DeleteVhost& command) {
        events.emit("vhost.deleted", {{"name", command.name}});
    }

    // ---- policies and parameters ----
    void operator()(const broker::SetPolicy& command) {
        const FieldTable policy{{"pattern", command.pattern},
                                {"apply-to", std::string(broker::name_of(command.apply_to))},
                                {"priority", command.priority},
                                {"definition", command.definition}};
        if (command.kind == broker::PolicyKind::of_operator)
            events.emit("parameter.set", {{"vhost", command.vhost},
                                          {"component", "operator_policy"},
                                          {"name", command.name},
                                          {"value", policy}});
        FieldTable headers = policy;
        headers.add("vhost", command.vhost);
        headers.add("name", command.name);
        events.emit("policy.set", std::move(headers));
    }
    void operator()(const broker::DeletePolicy& command) {
        const bool of_operator = command.kind == broker::PolicyKind::of_operator;
        if (of_operator)
            events.emit("parameter.cleared", {{"vhost", command.vhost},
                                              {"component", "operator_policy"},
                                              {"name", command.name}});
        events.emit(of_operator ? "operator.policy.cleared" : "policy.cleared",
                    {{"vhost", command.vhost}, {"name", command.name}});
    }
    void operator()(const broker::SetParameter& command) {
        events.emit("parameter.set", {{"vhost", command.vhost},
                                      {"component", command.component},
                                      {"name", command.name},
                                      {"value", command.value}});
    }
    void operator()(const broker::DeleteParameter& command) {
        events.emit(
            "parameter.cleared",
            {{"vhost", command.vhost}, {"component", command.component}, {"name", command.name}});
    }
    void operator()(const broker::SetGlobalParameter& command) {
        events.emit("parameter.set",
                    {{"component", "global"}, {"name", command.name}, {"value", command.value}});
    }
    void operator()(const broker::DeleteGlobalParameter& command) {
        events.emit("parameter.cleared", {{"component", "global"}, {"name", command.name}});
    }

    // ---- users ----
    void operator()(const auth::PutUser& command) {
        if (events.user_is_new_)
            events.emit("user.created", {{"name", command.name}});
        else if (command.password)
            events.emit("user.password.changed", {{"name", command.name}});
        if (command.tags)
            events.emit("user.tags.set",
                        {{"name", command.name}, {"tags", amqp091::field_texts(*command.tags)}});
    }
    void operator()(const auth::DeleteUser& command) {
        events.emit("user.deleted", {{"name", command.name}});
    }
    void operator()(const auth::SetUserLimits& command) {
        FieldTable headers = limits_of(command.limits);
        const bool cleared = headers.empty();
        headers.add("username", command.name);
        headers.add("name", "limits");
        events.emit(cleared ? "user.limits.cleared" : "user.limits.set", std::move(headers));
    }
    void operator()(const auth::SetPermissions& command) {
        events.emit("permission.created", {{"user", command.user},
                                           {"vhost", command.vhost},
                                           {"configure", command.patterns.configure},
                                           {"write", command.patterns.write},
                                           {"read", command.patterns.read}});
    }
    void operator()(const auth::ClearPermissions& command) {
        events.emit("permission.deleted", {{"user", command.user}, {"vhost", command.vhost}});
    }
    void operator()(const auth::SetTopicPermissions& command) {
        events.emit("topic.permission.created", {{"user", command.user},
                                                 {"vhost", command.vhost},
                                                 {"exchange", command.exchange},
                                                 {"write", command.patterns.write},
                                                 {"read", command.patterns.read}});
    }
    void operator()(const auth::ClearTopicPermissions& command) {
        events.emit("topic.permission.deleted", {{"user", command.user}, {"vhost", command.vhost}});
    }

    template <typename Other>
    void operator()(const Other&) {}

private:
    void tell_vhost(std::string key, std::string_view name) {
        if (const auto* vhost = after.topology.find_vhost(name))
            events.emit(std::move(key), describe(*vhost, events.node_name_));
    }
};

void EventRecorder::changed(const MetadataCommand& command, const State& after) {
    if (!wanted_) return;
    Changed changed{*this, after};
    if (const auto* change = std::get_if<broker::TopologyCommand>(&command))
        std::visit(changed, change->body);
    else
        std::visit(changed, std::get<auth::UserCommand>(command));
}

}  // namespace warren::cluster
