// POST /api/exchanges/:vhost/:exchange/publish: one message, confirmed by all queues that it
// reaches before the answer.
#include <fmt/format.h>

#include <algorithm>

#include "amqp091/content_header.h"
#include "auth/password_hash.h"
#include "base/limits.h"
#include "broker/exchange/exchange_types.h"
#include "broker/message.h"
#include "broker/routing/route_message.h"
#include "broker/topology/topology_checks.h"
#include "http/json_support.h"
#include "http/messages/message_json.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"
#include "session/expiration.h"

namespace warren::http::routes {

namespace {

struct Letter {
    std::string routing_key;
    std::string payload;
    amqp091::HeaderEdit header;
    broker::MessageTraits traits;
};

void refuse_pair(const CallRef& call, std::string_view what, std::string_view value) {
    call->respond_json(json::object{{"error", "bad_request"}, {"reason", json::array{what, value}}},
                       400);
}

void refuse_error(const CallRef& call, amqp091::ReplyCode code, std::string_view text) {
    call->refuse_bad(fmt::format("{} {} - {}", static_cast<unsigned>(code),
                                 amqp091::reply_code_name(code), text));
}

// False: the call has been refused.
bool read_payload(const CallRef& call, Body& body, Letter& letter) {
    const std::string encoding = body.text("payload_encoding", "string");
    letter.payload = body.text("payload", "");
    if (!body.ok() || encoding == "string") return body.ok();
    if (encoding != "base64") {
        refuse_pair(call, "unsupported_encoding", encoding);
        return false;
    }
    auto decoded = auth::decode_base64(letter.payload);
    if (!decoded) {
        refuse_pair(call, "not_base64", letter.payload);
        return false;
    }
    letter.payload = std::move(*decoded);
    return true;
}

bool read_texts(const CallRef& call, const json::object& properties, Letter& letter) {
    for (const auto& [name, property] : text_properties) {
        const json::value* value = properties.if_contains(name);
        if (value == nullptr || value->is_null()) continue;
        const json::string* text = value->if_string();
        if (text == nullptr || text->size() > limits::short_string_bytes_max) {
            refuse_pair(call, "not_string", name);
            return false;
        }
        letter.header.set_text(property, view(*text));
    }
    return true;
}

// Nothing to do if it is absent; false: it is there and no number of that size.
bool read_number(const CallRef& call, const json::object& properties, std::string_view name,
                 std::uint64_t most, std::optional<std::uint64_t>& number) {
    const json::value* value = properties.if_contains(name);
    if (value == nullptr || value->is_null()) return true;
    const std::int64_t* given = value->if_int64();
    if (given == nullptr || *given < 0 || static_cast<std::uint64_t>(*given) > most) {
        refuse_pair(call, "not_int", name);
        return false;
    }
    number = static_cast<std::uint64_t>(*given);
    return true;
}

bool read_numbers(const CallRef& call, const json::object& properties, Letter& letter) {
    std::optional<std::uint64_t> mode;
    std::optional<std::uint64_t> priority;
    std::optional<std::uint64_t> timestamp;
    if (!read_number(call, properties, "delivery_mode", UINT8_MAX, mode) ||
        !read_number(call, properties, "priority", UINT8_MAX, priority) ||
        !read_number(call, properties, "timestamp", INT64_MAX, timestamp))
        return false;
    if (mode) letter.header.set_delivery_mode(static_cast<std::uint8_t>(*mode));
    letter.traits.persistent = mode == 2U;
    if (priority) {
        letter.traits.priority = static_cast<std::uint8_t>(*priority);
        letter.header.set_priority(letter.traits.priority);
    }
    if (timestamp) letter.header.set_timestamp(*timestamp);
    return true;
}

bool read_headers(const CallRef& call, const json::object& properties, Letter& letter) {
    const json::value* value = properties.if_contains("headers");
    if (value == nullptr || value->is_null()) return true;
    if (value->is_array() && value->get_array().empty()) return true;
    const auto table = value->is_object() ? to_table(value->get_object()) : std::nullopt;
    if (!table) {
        refuse_pair(call, "not_table", "headers");
        return false;
    }
    letter.header.set_headers(*table);
    letter.traits.has_headers = true;
    return true;
}

// What of the properties a channel would refuse.
bool check_properties(const CallRef& call, const json::object& properties, Letter& letter) {
    if (const json::value* user = properties.if_contains("user_id"); user && user->is_string())
        if (auto allowed =
                auth::AccessControl::allow_user_id(call->user(), view(user->get_string()));
            !allowed) {
            refuse_error(call, amqp091::ReplyCode::precondition_failed, allowed.error());
            return false;
        }
    const json::value* expiration = properties.if_contains("expiration");
    if (expiration == nullptr || !expiration->is_string()) return true;
    auto ms = session::parse_expiration(view(expiration->get_string()));
    if (!ms) {
        refuse_error(call, amqp091::ReplyCode::precondition_failed, ms.error());
        return false;
    }
    letter.traits.expiration_ms = *ms;
    return true;
}

std::optional<Letter> letter_in(const CallRef& call) {
    auto members = object_of(call);
    if (!members) return std::nullopt;
    Body body(call, std::move(*members));
    body.need({"routing_key", "properties", "payload", "payload_encoding"});
    Letter letter;
    letter.routing_key = body.text("routing_key", "");
    if (!body.ok() || !read_payload(call, body, letter)) return std::nullopt;
    if (letter.routing_key.size() > limits::short_string_bytes_max) {
        refuse_pair(call, "not_string", "routing_key");
        return std::nullopt;
    }
    const json::value& given = body.members().at("properties");
    static const json::object none;
    // No properties are shown as an empty list, and may come back as one.
    if (!given.is_object() && !(given.is_array() && given.get_array().empty())) {
        call->refuse_bad("properties is not an object");
        return std::nullopt;
    }
    const json::object& properties = given.is_object() ? given.get_object() : none;
    if (!read_texts(call, properties, letter) || !read_numbers(call, properties, letter) ||
        !read_headers(call, properties, letter) || !check_properties(call, properties, letter))
        return std::nullopt;
    return letter;
}

// Permission to write, internal, topic permission: in the order of a channel. False: refused.
bool check_exchange(const CallRef& call, const broker::ExchangeRecord& exchange,
                    const std::string& routing_key) {
    const auto& vhost = exchange.vhost->name;
    const auto& access = call->api().access();
    if (!access.allow_vhost(call->user(), vhost)) {
        call->refuse_not_authorised("Access refused.");
        return false;
    }
    auto allowed = access.allow(call->user(), {auth::ResourceKind::exchange, vhost, exchange.name},
                                auth::Permission::write);
    if (allowed && exchange.internal)
        allowed = fail(fmt::format("cannot publish to internal {}",
                                   broker::describe_exchange(vhost, exchange.name)));
    if (allowed && exchange.type == &broker::topic_exchange)
        allowed = access.allow_topic(call->user(), {vhost, exchange.name, routing_key},
                                     auth::Permission::write);
    if (allowed) return true;
    refuse_error(call, amqp091::ReplyCode::access_refused, allowed.error());
    return false;
}

broker::MessageRef message_of(const broker::ExchangeRecord& exchange, const Letter& letter) {
    const std::string header = letter.header.encode(letter.payload.size());
    const ByteView body = as_bytes(letter.payload);
    if (body.size() <= limits::inline_body_bytes_max)
        return broker::Message::make(exchange.name, letter.routing_key, as_bytes(header), body,
                                     letter.traits);
    std::string address;
    ByteWriter writer(address);
    writer.short_string(exchange.name);
    writer.short_string(letter.routing_key);
    broker::LargeBodyRef large(broker::LargeBody::allocate(body.size()));
    std::ranges::copy(body, large->data());
    return broker::Message::make(as_bytes(address), as_bytes(header), std::move(large),
                                 letter.traits);
}

// RabbitMQ publishes with `mandatory`: what reaches no queue comes back, and is confirmed.
void published(const CallRef& call, broker::ExchangeId exchange, bool routed, bool accepted) {
    HttpTraffic& traffic = call->api().desk().traffic();
    if (!routed) traffic.count_returned(exchange);
    if (accepted) traffic.count_confirmed(exchange);
    call->respond_json(json::object{{"routed", routed}});
}

}  // namespace

void publish(const CallRef& call) {
    const auto letter = letter_in(call);
    if (!letter) return;
    const auto* exchange = find_exchange(*call);
    if (exchange == nullptr) return call->refuse(404, "not_found", "exchange_not_found");
    if (!check_exchange(call, *exchange, letter->routing_key)) return;
    cluster::ShardNode& node = call->api().node();
    const auto message = message_of(*exchange, *letter);
    HttpTraffic& traffic = call->api().desk().traffic();
    if (broker::passes_deduplication(node.topology(), *exchange)) {
        traffic.count_published(*exchange, letter->payload.size(), {}, node.topology());
        return call->api().desk().publish_deduplicated(
            *exchange, message.share(),
            [call, id = exchange->id()](bool routed) { published(call, id, routed, true); });
    }
    broker::Route route;
    broker::route_message(node.topology(), *exchange, *message, broker::extra_keys_of(*message),
                          node.random(), route);
    std::vector<broker::QueueAddress> queues;
    for (const auto* queue : route.queues())
        queues.push_back({queue->id(), queue->shard});
    for (const auto* remembering : route.remembering())
        node.remember(*remembering, message.share());
    trace_publish(*call, *message, route);
    traffic.count_published(*exchange, letter->payload.size(), queues, node.topology());
    call->api().desk().publish(queues, message.share(),
                               [call, id = exchange->id(), reached = route.reached_any()](
                                   bool accepted) { published(call, id, reached, accepted); });
}

}  // namespace warren::http::routes
