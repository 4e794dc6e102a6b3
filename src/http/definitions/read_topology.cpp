// Exchanges, queues and bindings (reader.h).
#include <fmt/format.h>

#include "broker/exchange/exchange_types.h"
#include "broker/topology/queue_arguments.h"
#include "broker/topology/topology_checks.h"
#include "http/definitions/reader.h"

namespace warren::http {

using broker::DestinationKind;

namespace {

bool is_reserved(std::string_view name) {
    return name.empty() || name.starts_with("amq.");
}

// The argument that a refusal is about: RabbitMQ's texts name it in quotes.
std::string_view argument_named_in(std::string_view text, const amqp091::FieldTable& arguments) {
    for (const auto& field : arguments)
        if (text.contains(field.name)) return field.name;
    return {};
}

void check(Entry& entry, const amqp091::FieldTable& arguments, const broker::Check& outcome) {
    if (outcome) return;
    const std::string_view argument = argument_named_in(outcome.error().text, arguments);
    if (argument.empty()) return entry.fault("arguments", outcome.error().text);
    entry.fault_in("arguments", argument, outcome.error().text);
}

}  // namespace

std::string Reader::read_vhost_of(Entry& entry) {
    if (only_vhost_) {
        entry.ignore("vhost");
        return *only_vhost_;
    }
    if (!entry.has("vhost")) {
        entry.fault("vhost",
                    "expected a string, found nothing (the export of a single virtual host is to "
                    "be imported into one)");
        return {};
    }
    std::string vhost = entry.name("vhost");
    if (!vhost_exists(vhost))
        entry.fault("vhost", fmt::format("there is no virtual host '{}'", vhost));
    return vhost;
}

void Reader::read_exchange(Entry& entry) {
    broker::DeclareExchange command{.vhost = read_vhost_of(entry),
                                    .name = entry.name("name"),
                                    .type = entry.text("type"),
                                    .durable = entry.flag("durable", true),
                                    .auto_delete = entry.flag("auto_delete", false),
                                    .internal = entry.flag("internal", false),
                                    .arguments = entry.table("arguments")};
    const std::string label = broker::describe_exchange(command.vhost, command.name);
    if (is_reserved(command.name)) {
        definitions.warnings.push_back(fmt::format("Not importing reserved {}.", label));
        return;
    }
    const broker::ExchangeType* type = broker::find_exchange_type(command.type);
    if (type == nullptr)
        return entry.fault("type",
                           fmt::format("expected an exchange type, found \"{}\"", command.type));
    if (type->check_arguments != nullptr)
        check(entry, command.arguments, type->check_arguments(command.arguments));
    check(entry, command.arguments,
          broker::check_exchange_name_argument(command.arguments, "alternate-exchange", label));
    if (destination_exists(command.vhost, DestinationKind::exchange, command.name))
        return definitions.kept.push_back(label);
    exchanges_.emplace(command.vhost, command.name);
    add(label, std::move(command));
}

void Reader::read_queue(Entry& entry) {
    broker::DeclareQueue command{.vhost = read_vhost_of(entry),
                                 .name = entry.name("name"),
                                 .durable = entry.flag("durable", true),
                                 .auto_delete = entry.flag("auto_delete", false),
                                 .arguments = entry.table("arguments")};
    entry.ignore("exclusive");  // an exclusive queue has an owner, and a file cannot be one
    const std::string label = broker::describe_queue(command.vhost, command.name);
    if (is_reserved(command.name)) {
        definitions.warnings.push_back(fmt::format("Not importing reserved {}.", label));
        return;
    }
    if (const auto type = entry.optional_text("type");
        type && command.arguments.find("x-queue-type") == nullptr)
        command.arguments.set("x-queue-type", amqp091::FieldValue(*type));
    const broker::QueueShape shape{
        .durable = command.durable, .exclusive = false, .auto_delete = command.auto_delete};
    command.arguments = broker::with_queue_type(std::move(command.arguments), shape,
                                                default_queue_type(command.vhost));
    check(entry, command.arguments,
          broker::check_queue_arguments(command.vhost, command.name, command.arguments));
    check(entry, command.arguments,
          broker::check_queue_shape(command.vhost, command.name, shape, command.arguments));
    if (destination_exists(command.vhost, DestinationKind::queue, command.name))
        return definitions.kept.push_back(label);
    queues_.emplace(command.vhost, command.name);
    add(label, std::move(command));
}

void Reader::read_binding(Entry& entry) {
    broker::Bind command{.vhost = read_vhost_of(entry),
                         .source = entry.name("source"),
                         .destination = entry.name("destination"),
                         .routing_key = entry.name("routing_key"),
                         .arguments = entry.table("arguments")};
    const std::string kind = entry.text("destination_type");
    if (kind == "exchange")
        command.destination_kind = DestinationKind::exchange;
    else if (kind != "queue")
        entry.fault("destination_type",
                    fmt::format("expected queue or exchange, found \"{}\"", kind));
    entry.ignore("properties_key");
    if (command.source.empty()) {
        definitions.warnings.push_back(fmt::format(
            "Not importing a binding of the default exchange in vhost '{}'.", command.vhost));
        return;
    }
    // RabbitMQ 4 leaves internal exchanges out of its exports, and their bindings in.
    const bool lacks_exchange =
        !destination_exists(command.vhost, DestinationKind::exchange, command.source) ||
        (command.destination_kind == DestinationKind::exchange &&
         !destination_exists(command.vhost, DestinationKind::exchange, command.destination));
    if (lacks_exchange && exported_by_.starts_with("4.")) {
        definitions.warnings.push_back(fmt::format(
            "Not importing the binding from '{}' to '{}' in vhost '{}', of which an exchange is "
            "missing: RabbitMQ does not export internal ones.",
            command.source, command.destination, command.vhost));
        return;
    }
    check_exists(entry, "source", command.vhost, DestinationKind::exchange, command.source);
    check_exists(entry, "destination", command.vhost, command.destination_kind,
                 command.destination);
    std::string label = fmt::format("binding from '{}' to '{}' in vhost '{}'", command.source,
                                    command.destination, command.vhost);
    add(std::move(label), std::move(command));
}

void Reader::check_exists(Entry& entry, std::string_view key, const std::string& vhost,
                          DestinationKind kind, const std::string& name) {
    if (destination_exists(vhost, kind, name)) return;
    const bool is_queue = kind == DestinationKind::queue;
    entry.fault(key,
                fmt::format("there is no {}", is_queue ? broker::describe_queue(vhost, name)
                                                       : broker::describe_exchange(vhost, name)));
}

bool Reader::destination_exists(const std::string& vhost, DestinationKind kind,
                                const std::string& name) const {
    const broker::Vhost* existing = existing_.topology.find_vhost(vhost);
    if (kind == DestinationKind::queue)
        return queues_.contains({vhost, name}) ||
               (existing != nullptr && existing->find_queue(name) != nullptr);
    // A vhost that the file creates gets its amq.* exchanges with it.
    return exchanges_.contains({vhost, name}) || name.starts_with("amq.") ||
           (existing != nullptr && existing->find_exchange(name) != nullptr);
}

}  // namespace warren::http
