#include "broker/topology/effective_settings.h"

#include <optional>
#include <string>
#include <string_view>

#include "broker/topology/records.h"

namespace warren::broker {

namespace {

// The argument tables of records were checked on declare: a value found has its type and range.
// Policies will be asked here, by the name of the key without its "x-".
class Definition {
public:
    explicit Definition(const QueueRecord& queue) : arguments_(*queue.arguments) {}

    std::optional<std::uint64_t> number(std::string_view argument) const {
        const amqp091::FieldValue* value = arguments_.find(argument);
        if (value == nullptr) return {};
        return static_cast<std::uint64_t>(*value->as_integer());
    }
    std::optional<std::int64_t> integer(std::string_view argument) const {
        const amqp091::FieldValue* value = arguments_.find(argument);
        if (value == nullptr) return {};
        return value->as_integer();
    }
    std::optional<std::string> text(std::string_view argument) const {
        const amqp091::FieldValue* value = arguments_.find(argument);
        if (value == nullptr) return {};
        return *value->as_text();
    }
    bool flag(std::string_view argument) const {
        const amqp091::FieldValue* value = arguments_.find(argument);
        return value != nullptr && *value->as_bool();
    }

private:
    const amqp091::FieldTable& arguments_;
};

std::optional<std::uint64_t> delivery_limit_of(const Definition& definition, QueueType type) {
    // RabbitMQ 4.0's default.
    constexpr std::uint64_t usual = 20;
    if (type != QueueType::quorum) return {};
    const auto asked = definition.integer("x-delivery-limit");
    if (!asked) return usual;
    if (*asked < 0) return {};
    return static_cast<std::uint64_t>(*asked);
}

DelayedRetry delayed_retry_of(const Definition& definition) {
    DelayedRetry retry;
    const auto kind = definition.text("x-delayed-retry-type");
    if (kind == "all") retry.kind = DelayedRetryKind::all;
    if (kind == "failed") retry.kind = DelayedRetryKind::failed;
    if (kind == "returned") retry.kind = DelayedRetryKind::returned;
    retry.min_ms = definition.number("x-delayed-retry-min").value_or(0);
    retry.max_ms = definition.number("x-delayed-retry-max");
    return retry;
}

std::uint8_t priority_max_of(const Definition& definition, QueueType type) {
    // RabbitMQ 4.3: quorum queues have 32 levels, without being asked.
    constexpr std::uint8_t of_quorum_queues = 31;
    if (type == QueueType::quorum) return of_quorum_queues;
    return static_cast<std::uint8_t>(definition.number("x-max-priority").value_or(0));
}

Overflow overflow_named(const std::optional<std::string>& name) {
    if (name == "reject-publish") return Overflow::reject_publish;
    if (name == "reject-publish-dlx") return Overflow::reject_publish_dlx;
    return Overflow::drop_head;
}

}  // namespace

QueueSettings effective_settings(const QueueRecord& queue) {
    const Definition definition(queue);
    const QueueType type =
        queue_type_named(definition.text("x-queue-type").value_or("")).value_or(QueueType::classic);
    return {
        .type = type,
        .message_ttl_ms = definition.number("x-message-ttl"),
        .expires_ms = definition.number("x-expires"),
        .length_max = definition.number("x-max-length"),
        .length_bytes_max = definition.number("x-max-length-bytes"),
        .overflow = overflow_named(definition.text("x-overflow")),
        .dead_letter_exchange = definition.text("x-dead-letter-exchange"),
        .dead_letter_routing_key = definition.text("x-dead-letter-routing-key"),
        .priority_max = priority_max_of(definition, type),
        .single_active_consumer = definition.flag("x-single-active-consumer"),
        .consumer_timeout_ms = definition.number("x-consumer-timeout"),
        .delivery_limit = delivery_limit_of(definition, type),
        .dead_letter_at_least_once = definition.text("x-dead-letter-strategy") == "at-least-once",
        .delayed_retry = delayed_retry_of(definition),
        .auto_delete = queue.auto_delete,
        .durable = queue.durable,
        .exclusive = queue.exclusive(),
    };
}

}  // namespace warren::broker
