#pragma once
// A message as JSON. For .cpp files: includes Boost.JSON.
#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "amqp091/content_header.h"
#include "base/bytes.h"
#include "broker/message.h"

namespace warren::http {

// The properties that are texts, by RabbitMQ's names.
inline constexpr std::pair<std::string_view, amqp091::Property> text_properties[] = {
    {"content_type", amqp091::Property::content_type},
    {"content_encoding", amqp091::Property::content_encoding},
    {"correlation_id", amqp091::Property::correlation_id},
    {"reply_to", amqp091::Property::reply_to},
    {"expiration", amqp091::Property::expiration},
    {"message_id", amqp091::Property::message_id},
    {"type", amqp091::Property::type},
    {"user_id", amqp091::Property::user_id},
    {"app_id", amqp091::Property::app_id},
    {"cluster_id", amqp091::Property::cluster_id}};

// The properties in a content header, as RabbitMQ shows them: an empty list if there are none.
boost::json::value properties_json(ByteView header);

struct PayloadForm {
    bool base64 = false;                   // else only what is no UTF-8
    std::optional<std::int64_t> cut_at{};  // bytes
};
// "payload_bytes", "exchange", "routing_key", "properties", "payload" and "payload_encoding".
boost::json::object message_json(const broker::Message& message, const PayloadForm& form);

}  // namespace warren::http
