#include "http/messages/message_json.h"

#include "amqp091/utf8.h"
#include "auth/password_hash.h"
#include "http/json_support.h"

namespace warren::http {

using amqp091::Property;

json::value properties_json(ByteView payload) {
    const auto header = amqp091::ContentHeader::decode(payload);
    json::object object;
    if (!header) return object;
    for (const auto& [name, property] : text_properties)
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
