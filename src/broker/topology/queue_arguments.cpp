#include "broker/topology/queue_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "amqp091/field_text.h"
#include "base/limits.h"
#include "broker/topology/vhost.h"

namespace warren::broker {

using amqp091::FieldTable;
using amqp091::FieldValue;
using amqp091::ReplyCode;

namespace {

constexpr std::string_view queue_type_argument = "x-queue-type";

// What is wrong with an argument's value, as RabbitMQ prints it behind "invalid arg ...: ".
using Fault = std::optional<std::string>;
using Rule = Fault (*)(const FieldValue& value, const FieldTable& arguments);

Fault unacceptable_type(const FieldValue& value) {
    return fmt::format("{{unacceptable_type,{}}}", amqp091::type_name(value.type()));
}

// The value as an integer, or what is wrong with it.
Result<std::int64_t, std::string> integer_of(const FieldValue& value) {
    if (auto integer = value.as_integer()) return *integer;
    return fail(fmt::format("\"expected integer, got {}\"", amqp091::type_name(value.type())));
}

Fault must_not_be_negative(const FieldValue& value, const FieldTable&) {
    const auto integer = integer_of(value);
    if (!integer) return integer.error();
    if (*integer < 0) return fmt::format("{{value_negative,{}}}", *integer);
    return {};
}

Fault must_be_ttl(const FieldValue& value, const FieldTable& arguments) {
    if (Fault fault = must_not_be_negative(value, arguments)) return fault;
    if (*value.as_integer() > std::int64_t{limits::ttl_ms_max})
        return fmt::format("{{value_too_large,{}}}", *value.as_integer());
    return {};
}

Fault must_be_lease(const FieldValue& value, const FieldTable& arguments) {
    if (value.as_integer() == 0) return "{value_zero,0}";
    return must_be_ttl(value, arguments);
}

Fault must_be_priority(const FieldValue& value, const FieldTable& arguments) {
    if (Fault fault = must_not_be_negative(value, arguments)) return fault;
    if (*value.as_integer() > limits::priority_max)
        return fmt::format("{{max_value_exceeded,{}}}", *value.as_integer());
    return {};
}

Fault must_be_version(const FieldValue& value, const FieldTable& arguments) {
    if (Fault fault = must_not_be_negative(value, arguments)) return fault;
    if (*value.as_integer() != 1 && *value.as_integer() != 2)
        return fmt::format("\"unsupported queue version '{}'\"", *value.as_integer());
    return {};
}

Fault must_be_bool(const FieldValue& value, const FieldTable&) {
    if (value.as_bool() == nullptr) return unacceptable_type(value);
    return {};
}

// Names and keys go into deliveries as short strings. RabbitMQ takes longer ones here and fails on
// them later.
Fault must_be_short_text(const FieldValue& value, const FieldTable&) {
    if (value.as_text() == nullptr) return unacceptable_type(value);
    if (value.as_text()->size() > limits::short_string_bytes_max)
        return fmt::format("{{value_too_long,{}}}", value.as_text()->size());
    return {};
}

Fault must_follow_dead_letter_exchange(const FieldValue& value, const FieldTable& arguments) {
    if (Fault fault = must_be_short_text(value, arguments)) return fault;
    if (arguments.find("x-dead-letter-exchange") == nullptr)
        return "routing_key_but_no_dlx_defined";
    return {};
}

template <std::size_t N>
Fault must_be_one_of(const std::array<std::string_view, N>& words, const FieldValue& value,
                     const char* otherwise) {
    if (value.as_text() == nullptr) return unacceptable_type(value);
    if (std::ranges::find(words, *value.as_text()) == words.end()) return otherwise;
    return {};
}

Fault must_be_overflow(const FieldValue& value, const FieldTable&) {
    static constexpr std::array<std::string_view, 3> words{"drop-head", "reject-publish",
                                                           "reject-publish-dlx"};
    return must_be_one_of(words, value, "invalid_overflow");
}

Fault must_be_leader_locator(const FieldValue& value, const FieldTable&) {
    static constexpr std::array<std::string_view, 4> words{"client-local", "balanced", "random",
                                                           "least-leaders"};
    return must_be_one_of(words, value, "invalid_queue_locator_arg");
}

// Streams are known and refused in words of their own until there are any.
Fault must_be_queue_type(const FieldValue& value, const FieldTable&) {
    const std::string* type = value.as_text();
    if (type == nullptr) return unacceptable_type(value);
    if (*type == "stream")
        return fmt::format("\"queue type '{}' is not available yet\"", *type);
    static constexpr std::array<std::string_view, 4> classic{"classic", "rabbit_classic_queue", "",
                                                             "undefined"};
    if (std::ranges::find(classic, *type) == classic.end())
        return fmt::format("\"unsupported queue type '{}'\"", *type);
    return {};
}

struct ArgumentRule {
    std::string_view name;
    Rule rule;
};

// In the order in which RabbitMQ looks at them: the first fault is the one reported.
constexpr ArgumentRule classic_rules[] = {
    {queue_type_argument, must_be_queue_type},
    {"x-expires", must_be_lease},
    {"x-message-ttl", must_be_ttl},
    {"x-dead-letter-exchange", must_be_short_text},
    {"x-dead-letter-routing-key", must_follow_dead_letter_exchange},
    {"x-max-length", must_not_be_negative},
    {"x-max-length-bytes", must_not_be_negative},
    {"x-max-priority", must_be_priority},
    {"x-overflow", must_be_overflow},
    {"x-queue-version", must_be_version},
    {"x-single-active-consumer", must_be_bool},
    {"x-consumer-timeout", must_not_be_negative},
    {"x-queue-leader-locator", must_be_leader_locator},
};

// Arguments of quorum queues and streams that mean nothing to a classic queue. Names that RabbitMQ
// does not know at all are let through.
constexpr std::string_view refused_on_classic[] = {
    "x-dead-letter-strategy",
    "x-max-in-memory-length",
    "x-max-in-memory-bytes",
    "x-quorum-initial-group-size",
    "x-delivery-limit",
    "x-consumer-disconnected-timeout",
    "x-delayed-retry-type",
    "x-delayed-retry-min",
    "x-delayed-retry-max",
    "x-max-age",
    "x-stream-max-segment-size-bytes",
    "x-stream-filter-size-bytes",
    "x-initial-cluster-size",
};

amqp091::AmqpError precondition_failed(std::string text) {
    return {.code = ReplyCode::precondition_failed, .text = std::move(text)};
}

}  // namespace

Check check_queue_arguments(std::string_view vhost, std::string_view name,
                            const FieldTable& arguments) {
    for (const ArgumentRule& entry : classic_rules) {
        const FieldValue* value = arguments.find(entry.name);
        if (value == nullptr) continue;
        if (Fault fault = entry.rule(*value, arguments))
            return fail(precondition_failed(fmt::format("invalid arg '{}' for {}: {}", entry.name,
                                                        describe_queue(vhost, name), *fault)));
    }
    for (const auto& field : arguments) {
        if (std::ranges::find(refused_on_classic, field.name) == std::end(refused_on_classic))
            continue;
        return fail(precondition_failed(
            fmt::format("invalid arg '{}' for {} of queue type rabbit_classic_queue", field.name,
                        describe_queue(vhost, name))));
    }
    return {};
}

Check check_equivalent_arguments(const QueueRecord& queue, const FieldTable& arguments) {
    const auto difference = amqp091::arguments_difference(
        {"x-expires", "x-message-ttl", "x-dead-letter-exchange", "x-dead-letter-routing-key",
         "x-max-length", "x-max-length-bytes", "x-max-priority", "x-overflow", "x-queue-mode",
         "x-queue-version", "x-single-active-consumer", queue_type_argument,
         "x-queue-master-locator", "x-queue-leader-locator"},
        describe_queue(queue.vhost->name, queue.name), arguments, *queue.arguments);
    if (!difference) return {};
    return fail(precondition_failed(*difference));
}

FieldTable with_queue_type(FieldTable arguments, QueueShape shape,
                           std::string_view vhost_default_type) {
    if (arguments.find(queue_type_argument) != nullptr) return arguments;
    std::string_view type = "classic";
    const bool any_type = shape.durable && !shape.exclusive && !shape.auto_delete;
    if (any_type && !vhost_default_type.empty() && vhost_default_type != "undefined")
        type = vhost_default_type;
    arguments.set(queue_type_argument, FieldValue(type));
    arguments.sort_by_name();
    return arguments;
}

}  // namespace warren::broker
