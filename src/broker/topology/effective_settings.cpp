#include "broker/topology/effective_settings.h"

#include <optional>
#include <string>
#include <string_view>

#include "broker/topology/records.h"
#include "broker/topology/stream_age.h"

namespace warren::broker {

namespace {

// The argument tables of records were checked on declare; but for arguments that are accepted
// whatever they hold: a value of the wrong type or below 0 counts as none. Policies will be asked
// here, by the name of the key without its "x-".
class Definition {
public:
    explicit Definition(const QueueRecord& queue) : arguments_(*queue.arguments) {}

    std::optional<std::int64_t> integer(std::string_view argument) const {
        const amqp091::FieldValue* value = arguments_.find(argument);
        if (value == nullptr) return {};
        return value->as_integer();
    }
    std::optional<std::uint64_t> number(std::string_view argument) const {
        const auto value = integer(argument);
        if (!value || *value < 0) return {};
        return static_cast<std::uint64_t>(*value);
    }
    std::optional<std::uint64_t> positive(std::string_view argument) const {
        const auto value = number(argument);
        return value == 0u ? std::nullopt : value;
    }
    std::optional<std::string> text(std::string_view argument) const {
        const amqp091::FieldValue* value = arguments_.find(argument);
        if (value == nullptr || value->as_text() == nullptr) return {};
        return *value->as_text();
    }
    bool flag(std::string_view argument) const {
        const amqp091::FieldValue* value = arguments_.find(argument);
        return value != nullptr && value->as_bool() != nullptr && *value->as_bool();
    }

    // As the plug-in that users know has it: anything but false switches it on.
    bool deduplicates() const {
        const amqp091::FieldValue* value = arguments_.find("x-message-deduplication");
        return value != nullptr && (value->as_bool() == nullptr || *value->as_bool());
    }

private:
    const amqp091::FieldTable& arguments_;
};

std::optional<std::uint64_t> delivery_limit_of(const Definition& definition) {
    // RabbitMQ 4.0's default.
    constexpr std::uint64_t usual = 20;
    const auto asked = definition.integer("x-delivery-limit");
    if (!asked) return usual;
    if (*asked < 0) return {};
    return static_cast<std::uint64_t>(*asked);
}

// Without a first delay there is none; without a highest it never grows.
DelayedRetry delayed_retry_of(const Definition& definition) {
    const auto kind = definition.text("x-delayed-retry-type");
    const auto min_ms = definition.positive("x-delayed-retry-min");
    DelayedRetry retry;
    if (!kind || !min_ms) return retry;
    if (kind == "all") retry.kind = DelayedRetryKind::all;
    if (kind == "failed") retry.kind = DelayedRetryKind::failed;
    if (kind == "returned") retry.kind = DelayedRetryKind::returned;
    retry.min_ms = *min_ms;
    retry.max_ms = definition.positive("x-delayed-retry-max").value_or(*min_ms);
    return retry;
}

// A quorum queue knows two ways only, and takes the third for the first.
Overflow overflow_of(const Definition& definition, QueueType type) {
    const auto name = definition.text("x-overflow");
    if (name == "reject-publish") return Overflow::reject_publish;
    if (name == "reject-publish-dlx" && type == QueueType::classic)
        return Overflow::reject_publish_dlx;
    return Overflow::drop_head;
}

void set_quorum_settings(QueueSettings& settings, const Definition& definition) {
    // RabbitMQ 4.3: quorum queues have 32 levels, without being asked.
    settings.priority_max = quorum_priority_max;
    settings.delivery_limit = delivery_limit_of(definition);
    settings.delayed_retry = delayed_retry_of(definition);
    // What waits to be dead-lettered must not be pushed out by what is published: without
    // reject-publish, RabbitMQ falls back to at-most-once.
    settings.dead_letter_at_least_once =
        definition.text("x-dead-letter-strategy") == "at-least-once" &&
        settings.dead_letter_exchange && settings.overflow == Overflow::reject_publish;
}

void set_stream_settings(QueueSettings& settings, const Definition& definition) {
    if (const auto age = definition.text("x-max-age")) settings.age_max_ms = stream_age_ms(*age);
    if (const auto bytes = definition.number("x-stream-max-segment-size-bytes"))
        settings.segment_bytes_max = *bytes;
    if (const auto bytes = definition.number("x-stream-filter-size-bytes"))
        settings.filter_bytes = static_cast<std::uint8_t>(*bytes);
}

}  // namespace

QueueSettings effective_settings(const QueueRecord& queue) {
    const Definition definition(queue);
    QueueSettings settings{
        .type = queue.type,
        .message_ttl_ms = definition.number("x-message-ttl"),
        .expires_ms = definition.number("x-expires"),
        .length_max = definition.number("x-max-length"),
        .length_bytes_max = definition.number("x-max-length-bytes"),
        .overflow = overflow_of(definition, queue.type),
        .dead_letter_exchange = definition.text("x-dead-letter-exchange"),
        .dead_letter_routing_key = definition.text("x-dead-letter-routing-key"),
        .priority_max = static_cast<std::uint8_t>(definition.number("x-max-priority").value_or(0)),
        .single_active_consumer = definition.flag("x-single-active-consumer"),
        .consumer_timeout_ms = definition.number("x-consumer-timeout"),
        .deduplicates = queue.type != QueueType::stream && definition.deduplicates(),
        .auto_delete = queue.auto_delete,
        .durable = queue.durable,
        .exclusive = queue.exclusive(),
    };
    if (queue.is_delay_queue()) settings.delayed_exchange = queue.delays_for->name;
    if (queue.type == QueueType::quorum) set_quorum_settings(settings, definition);
    if (queue.type == QueueType::stream) set_stream_settings(settings, definition);
    return settings;
}

}  // namespace warren::broker
