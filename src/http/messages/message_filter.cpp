#include "http/messages/message_filter.h"

#include <algorithm>

#include "amqp091/content_header.h"
#include "base/ensure.h"
#include "http/messages/message_json.h"

namespace warren::http {

namespace {

using amqp091::ContentHeader;

std::optional<std::string> text_of(const amqp091::FieldValue& value) {
    if (const auto* text = value.as_text()) return *text;
    if (const auto* flag = value.as_bool()) return *flag ? "true" : "false";
    if (const auto number = value.as_integer()) return std::to_string(*number);
    return std::nullopt;
}

bool has_header(const amqp091::FieldTable& headers, const std::string& name,
                const std::optional<std::string>& wanted) {
    const amqp091::FieldValue* value = headers.find(name);
    return value != nullptr && (!wanted || text_of(*value) == wanted);
}

bool has_property(const ContentHeader& header, std::string_view name, std::string_view wanted) {
    const auto* known = std::ranges::find(text_properties, name,
                                          [](const auto& property) { return property.first; });
    return known != std::end(text_properties) && header.has(known->second) &&
           header.text(known->second) == wanted;
}

}  // namespace

bool MessageFilter::matches(const broker::Message& message, WallTime now) const {
    if (exchange && message.exchange() != *exchange) return false;
    if (routing_key && !routing_key->matches(message.routing_key())) return false;
    if (headers.empty() && properties.empty() && !older_than_s && !younger_than_s) return true;
    const auto header = ContentHeader::decode(message.header());
    ENSURE(header.has_value());  // checked when the message was made
    if (!std::ranges::all_of(properties, [&](const auto& wanted) {
            return has_property(*header, wanted.first, wanted.second);
        }))
        return false;
    if (older_than_s || younger_than_s) {
        if (!header->has(amqp091::Property::timestamp)) return false;
        const std::int64_t age_s = now.ms / 1000 - static_cast<std::int64_t>(header->timestamp());
        if (older_than_s && age_s <= *older_than_s) return false;
        if (younger_than_s && age_s >= *younger_than_s) return false;
    }
    if (headers.empty()) return true;
    const amqp091::FieldTable table = header->headers().decode();
    return std::ranges::all_of(headers, [&](const auto& wanted) {
        return has_header(table, wanted.first, wanted.second);
    });
}

}  // namespace warren::http
