#include "broker/topology/queue_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

#include "amqp091/field_text.h"
#include "broker/topology/queue_argument_rules.h"
#include "broker/topology/vhost.h"

namespace warren::broker {

using amqp091::FieldTable;
using amqp091::FieldValue;
using amqp091::ReplyCode;

namespace {

constexpr std::string_view queue_type_argument = "x-queue-type";

std::unexpected<amqp091::AmqpError> precondition_failed(std::string text) {
    return fail(
        amqp091::AmqpError{.code = ReplyCode::precondition_failed, .text = std::move(text)});
}

// The arguments of each type in the order in which a second declare is compared with the first.
constexpr std::string_view classic_arguments[] = {"x-expires",
                                                  "x-message-ttl",
                                                  "x-dead-letter-exchange",
                                                  "x-dead-letter-routing-key",
                                                  "x-max-length",
                                                  "x-max-length-bytes",
                                                  "x-max-priority",
                                                  "x-overflow",
                                                  "x-queue-mode",
                                                  "x-queue-version",
                                                  "x-single-active-consumer",
                                                  queue_type_argument,
                                                  "x-queue-master-locator",
                                                  "x-queue-leader-locator"};
constexpr std::string_view quorum_arguments[] = {"x-dead-letter-exchange",
                                                 "x-dead-letter-routing-key",
                                                 "x-dead-letter-strategy",
                                                 "x-expires",
                                                 "x-max-length",
                                                 "x-max-length-bytes",
                                                 "x-max-in-memory-length",
                                                 "x-max-in-memory-bytes",
                                                 "x-overflow",
                                                 "x-single-active-consumer",
                                                 queue_type_argument,
                                                 "x-quorum-initial-group-size",
                                                 "x-delivery-limit",
                                                 "x-message-ttl",
                                                 "x-queue-leader-locator",
                                                 "x-consumer-disconnected-timeout",
                                                 "x-consumer-timeout",
                                                 "x-delayed-retry-type",
                                                 "x-delayed-retry-min",
                                                 "x-delayed-retry-max"};
constexpr std::string_view stream_arguments[] = {"x-max-length-bytes",
                                                 queue_type_argument,
                                                 "x-max-age",
                                                 "x-stream-max-segment-size-bytes",
                                                 "x-stream-filter-size-bytes",
                                                 "x-initial-cluster-size",
                                                 "x-queue-leader-locator"};

std::span<const std::string_view> compared_arguments(QueueType type) {
    switch (type) {
        case QueueType::classic:
            break;
        case QueueType::quorum:
            return quorum_arguments;
        case QueueType::stream:
            return stream_arguments;
    }
    return classic_arguments;
}

std::optional<std::int64_t> number_in(const FieldTable& arguments, std::string_view name) {
    const FieldValue* value = arguments.find(name);
    if (value == nullptr) return {};
    return value->as_integer();
}

Check check_stream_sizes(const FieldTable& arguments) {
    constexpr std::int64_t segment_bytes_max = 3'000'000'000;
    constexpr std::int64_t filter_bytes_min = 16;
    constexpr std::int64_t filter_bytes_max = 255;
    const auto segment_bytes = number_in(arguments, "x-stream-max-segment-size-bytes");
    if (segment_bytes > segment_bytes_max)
        return precondition_failed("Exceeded max value for x-stream-max-segment-size-bytes");
    const auto filter_bytes = number_in(arguments, "x-stream-filter-size-bytes");
    if (filter_bytes && (*filter_bytes < filter_bytes_min || *filter_bytes > filter_bytes_max))
        return precondition_failed("Invalid value for x-stream-filter-size-bytes");
    return {};
}

Check check_same(std::span<const std::string_view> names, const QueueRecord& queue,
                 const FieldTable& arguments) {
    const auto difference = amqp091::arguments_difference(
        names, describe_queue(queue.vhost->name, queue.name), arguments, *queue.arguments);
    if (!difference) return {};
    return precondition_failed(*difference);
}

// First the values of what the type knows, then the names that only other types know.
Check check_by_rules(std::span<const ArgumentRule> rules, QueueType type,
                     const FieldTable& arguments, std::string_view subject) {
    for (const ArgumentRule& rule : rules) {
        if (!rule.known_to(type) || rule.check == nullptr) continue;
        const FieldValue* value = arguments.find(rule.name);
        if (value == nullptr) continue;
        if (ArgumentFault fault = rule.check(*value, arguments))
            return precondition_failed(
                fmt::format("invalid arg '{}' for {}: {}", rule.name, subject, *fault));
    }
    for (const auto& field : arguments) {
        const auto rule = std::ranges::find(rules, field.name, &ArgumentRule::name);
        if (rule == rules.end() || rule->known_to(type)) continue;
        return precondition_failed(fmt::format("invalid arg '{}' for {} of queue type {}",
                                               field.name, subject, module_name_of(type)));
    }
    return {};
}

}  // namespace

Check check_queue_arguments(std::string_view vhost, std::string_view name,
                            const FieldTable& arguments) {
    return check_by_rules(queue_argument_rules(), queue_type_in(arguments), arguments,
                          describe_queue(vhost, name));
}

Check check_consumer_arguments(const QueueRecord& queue, const FieldTable& arguments) {
    if (arguments.empty()) return {};
    return check_by_rules(consumer_argument_rules(), queue.type, arguments,
                          describe_queue(queue.vhost->name, queue.name));
}

Check check_queue_shape(std::string_view vhost, std::string_view name, QueueShape shape,
                        const FieldTable& arguments) {
    const QueueType type = queue_type_in(arguments);
    if (type == QueueType::classic) return {};
    const auto wrong = [&](std::string_view property) {
        return precondition_failed(
            fmt::format("invalid property '{}' for {}", property, describe_queue(vhost, name)));
    };
    if (shape.auto_delete) return wrong("auto-delete");
    if (shape.exclusive) return wrong("exclusive-owner");
    if (!shape.durable) return wrong("non-durable");
    return check_stream_sizes(arguments);
}

Check check_server_named(QueueType type) {
    if (type == QueueType::classic) return {};
    return precondition_failed(
        fmt::format("Cannot declare a server-named queue for type {}", module_name_of(type)));
}

Check check_equivalent_arguments(const QueueRecord& queue, const FieldTable& arguments) {
    return check_same(compared_arguments(queue.type), queue, arguments);
}

Check check_relaxed_equivalence(const QueueRecord& queue, const FieldTable& arguments) {
    static constexpr std::string_view compared[] = {
        "x-dead-letter-exchange", "x-dead-letter-routing-key", "x-expires",    "x-max-length",
        "x-max-length-bytes",     "x-single-active-consumer",  "x-message-ttl"};
    return check_same(compared, queue, arguments);
}

FieldTable with_queue_type(FieldTable arguments, QueueShape shape, std::string_view default_type) {
    if (arguments.find(queue_type_argument) != nullptr) return arguments;
    std::string_view type = name_of(QueueType::classic);
    const bool any_type = shape.durable && !shape.exclusive && !shape.auto_delete;
    if (any_type && !default_type.empty() && default_type != "undefined") type = default_type;
    arguments.set(queue_type_argument, FieldValue(type));
    arguments.sort_by_name();
    return arguments;
}

QueueType queue_type_in(const FieldTable& arguments) {
    const FieldValue* value = arguments.find(queue_type_argument);
    if (value == nullptr || value->as_text() == nullptr) return QueueType::classic;
    return queue_type_named(*value->as_text()).value_or(QueueType::classic);
}

}  // namespace warren::broker
