#include "http/messages/message_json.h"

#include "amqp091/content_header.h"
#include "amqp091/utf8.h"
#include "auth/password_hash.h"
#include "http/json_support.h"

namespace warren::http {

namespace {

using amqp091::Property;

constexpr std::pair<std::string_view, Property> texts[] = {
    {"content_type", Property::content_type},
    {"content_encoding", Property::content_encoding},
    {"correlation_id", Property::correlation_id},
    {"reply_to", Property::reply_to},
    {"expiration", Property::expiration},
    {"message_id", Property::message_id},
    {"type", Property::type},
    {"user_id", Property::user_id},
    {"app_id", Property::app_id},
    {"cluster_id", Property::cluster_id}};

}  // namespace

json::value properties_json(ByteView payload) {
    const auto header = amqp091::ContentHeader::decode(payload);
    json::object object;
    if (!header) return object;
    for (const auto& [name, property] : texts)
        if (header->has(property)) object[name] = json::string(header->text(property));
    if (header->has(Property::delivery_mode)) object["delivery_mode"] = header->delivery_mode();
    if (header->has(Property::priority)) object["priority"] = header->priority();
    if (header->has(Property::timestamp)) object["timestamp"] = header->timestamp();
    if (header->has(Property::headers)) object["headers"] = to_json(header->headers().decode());
    // As Erlang's empty list comes out.
    if (object.empty()) return json::array();
    return object;
}

json::object message_json(const broker::Message& message, const PayloadForm& form) {
    std::string body(as_text(message.body()));
    if (form.cut_at && *form.cut_at >= 0 && body.size() > static_cast<std::uint64_t>(*form.cut_at))
        body.resize(static_cast<std::size_t>(*form.cut_at));
    const bool as_base64 = form.base64 || !amqp091::is_utf8(body);
    return {{"payload_bytes", message.body_bytes()},
            {"exchange", message.exchange()},
            {"routing_key", message.routing_key()},
            {"properties", properties_json(message.header())},
            {"payload", as_base64 ? auth::encode_base64(body) : body},
            {"payload_encoding", as_base64 ? "base64" : "string"}};
}

}  // namespace warren::http
