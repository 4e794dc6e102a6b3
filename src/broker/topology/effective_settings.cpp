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

Overflow overflow_named(const std::optional<std::string>& name) {
    if (name == "reject-publish") return Overflow::reject_publish;
    if (name == "reject-publish-dlx") return Overflow::reject_publish_dlx;
    return Overflow::drop_head;
}

}  // namespace

QueueSettings effective_settings(const QueueRecord& queue) {
    const Definition definition(queue);
    return {
        .message_ttl_ms = definition.number("x-message-ttl"),
        .expires_ms = definition.number("x-expires"),
        .length_max = definition.number("x-max-length"),
        .length_bytes_max = definition.number("x-max-length-bytes"),
        .overflow = overflow_named(definition.text("x-overflow")),
        .dead_letter_exchange = definition.text("x-dead-letter-exchange"),
        .dead_letter_routing_key = definition.text("x-dead-letter-routing-key"),
        .priority_max = static_cast<std::uint8_t>(definition.number("x-max-priority").value_or(0)),
        .single_active_consumer = definition.flag("x-single-active-consumer"),
        .consumer_timeout_ms = definition.number("x-consumer-timeout"),
        .auto_delete = queue.auto_delete,
        .durable = queue.durable,
        .exclusive = queue.exclusive(),
    };
}

}  // namespace warren::broker
