#include "broker/topology/effective_settings.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "broker/topology/stream_age.h"
#include "broker/topology/vhost.h"

namespace warren::broker {

namespace {

// How an argument and a policy's value become one.
enum class Resolve : std::uint8_t { least, argument, policy };

// A queue's arguments and what its policies amount to. Both were checked when they were set; but
// for arguments that are accepted whatever they hold, and policies of another version: a value of
// the wrong type or below 0 counts as none.
class Definition {
public:
    explicit Definition(const QueueRecord& queue) : arguments_(*queue.arguments) {
        if (const EffectivePolicy* policy = queue.vhost->policies.effective(queue))
            policy_ = &policy->definition;
    }

    // RabbitMQ compares terms, among which numbers come first.
    std::optional<std::int64_t> integer(std::string_view argument, Resolve resolve) const {
        const auto of_argument = integer_in(arguments_.find(argument));
        const auto of_policy = integer_in(policy(argument));
        if (!of_argument || !of_policy) return of_argument ? of_argument : of_policy;
        if (resolve == Resolve::least) return std::min(*of_argument, *of_policy);
        return resolve == Resolve::argument ? of_argument : of_policy;
    }
    std::optional<std::uint64_t> number(std::string_view argument,
                                        Resolve resolve = Resolve::least) const {
        const auto value = integer(argument, resolve);
        if (!value || *value < 0) return {};
        return static_cast<std::uint64_t>(*value);
    }
    // No policy may be longer than an argument can.
    std::optional<std::uint64_t> milliseconds(std::string_view argument) const {
        const auto value = number(argument);
        if (!value) return {};
        return std::min(*value, limits::ttl_ms_max);
    }
    std::optional<std::uint64_t> positive(std::string_view argument) const {
        const auto value = number(argument);
        return value == 0u ? std::nullopt : value;
    }
    std::optional<std::string> text(std::string_view argument, Resolve resolve) const {
        const std::string* of_argument = text_in(arguments_.find(argument));
        const std::string* of_policy = text_in(policy(argument));
        const bool takes_policy =
            of_argument == nullptr || (of_policy != nullptr && resolve == Resolve::policy);
        const std::string* text = takes_policy ? of_policy : of_argument;
        return text == nullptr ? std::nullopt : std::optional(*text);
    }
    bool flag(std::string_view argument) const {
        const amqp091::FieldValue* value = arguments_.find(argument);
        return value != nullptr && value->as_bool() != nullptr && *value->as_bool();
    }

    std::uint8_t priority_max() const {
        const std::int64_t asked = integer_in(arguments_.find("x-max-priority")).value_or(0);
        return static_cast<std::uint8_t>(std::max<std::int64_t>(asked, 0));
    }

    // As the plug-in that users know has it: anything but false switches it on.
    bool deduplicates() const {
        const amqp091::FieldValue* value = arguments_.find("x-message-deduplication");
        return value != nullptr && (value->as_bool() == nullptr || *value->as_bool());
    }

private:
    // A key is an argument's name without its "x-".
    const amqp091::FieldValue* policy(std::string_view argument) const {
        return policy_ == nullptr ? nullptr : policy_->find(argument.substr(2));
    }

    static std::optional<std::int64_t> integer_in(const amqp091::FieldValue* value) {
        return value == nullptr ? std::nullopt : value->as_integer();
    }
    static const std::string* text_in(const amqp091::FieldValue* value) {
        return value == nullptr ? nullptr : value->as_text();
    }

    const amqp091::FieldTable& arguments_;
    const amqp091::FieldTable* policy_ = nullptr;
};

std::optional<std::uint64_t> delivery_limit_of(const Definition& definition) {
    // RabbitMQ 4.0's default.
    constexpr std::int64_t usual = 20;
    const auto strictest = definition.integer("x-delivery-limit", Resolve::least);
    std::int64_t limit = strictest.value_or(usual);
    // No limit, says one of the two: the other's counts, if it has one.
    if (limit < 0) {
        const auto of_argument = definition.integer("x-delivery-limit", Resolve::argument);
        const auto of_policy = definition.integer("x-delivery-limit", Resolve::policy);
        limit = std::max(of_argument.value_or(limit), of_policy.value_or(limit));
    }
    if (limit < 0) return {};
    return static_cast<std::uint64_t>(limit);
}

// Without a first delay there is none; without a highest it never grows.
DelayedRetry delayed_retry_of(const Definition& definition) {
    const auto kind = definition.text("x-delayed-retry-type", Resolve::policy);
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
    const auto name = definition.text(
        "x-overflow", type == QueueType::quorum ? Resolve::policy : Resolve::argument);
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
        definition.text("x-dead-letter-strategy", Resolve::argument) == "at-least-once" &&
        settings.dead_letter_exchange && settings.overflow == Overflow::reject_publish;
}

void set_stream_settings(QueueSettings& settings, const Definition& definition) {
    if (const auto age = definition.text("x-max-age", Resolve::policy))
        settings.age_max_ms = stream_age_ms(*age);
    settings.length_bytes_max = definition.number("x-max-length-bytes", Resolve::policy);
    if (const auto bytes = definition.number("x-stream-max-segment-size-bytes", Resolve::policy))
        settings.segment_bytes_max = *bytes;
    if (const auto bytes = definition.number("x-stream-filter-size-bytes", Resolve::policy))
        settings.filter_bytes = static_cast<std::uint8_t>(*bytes);
}

}  // namespace

const std::string* alternate_exchange_of(const ExchangeRecord& exchange) {
    if (exchange.has_alternate) return &exchange.alternate_exchange;
    const EffectivePolicy* policy = exchange.vhost->policies.effective(exchange);
    if (policy == nullptr) return nullptr;
    const amqp091::FieldValue* value = policy->definition.find("alternate-exchange");
    return value == nullptr ? nullptr : value->as_text();
}

QueueSettings effective_settings(const QueueRecord& queue) {
    const Definition definition(queue);
    QueueSettings settings{
        .type = queue.type,
        .message_ttl_ms = definition.milliseconds("x-message-ttl"),
        .expires_ms = definition.milliseconds("x-expires"),
        .length_max = definition.number("x-max-length"),
        .length_bytes_max = definition.number("x-max-length-bytes"),
        .overflow = overflow_of(definition, queue.type),
        .dead_letter_exchange = definition.text("x-dead-letter-exchange", Resolve::argument),
        .dead_letter_routing_key = definition.text("x-dead-letter-routing-key", Resolve::argument),
        .priority_max = definition.priority_max(),
        .single_active_consumer = definition.flag("x-single-active-consumer"),
        .consumer_timeout_ms = definition.milliseconds("x-consumer-timeout"),
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
