#include "broker/trace/trace.h"

#include <array>
#include <limits>

#include "amqp091/content_header.h"
#include "amqp091/field_texts.h"
#include "base/ensure.h"
#include "broker/routing/route_message.h"
#include "broker/topology/topology.h"

namespace warren::broker {

using amqp091::ContentHeader;
using amqp091::FieldTable;
using amqp091::FieldValue;
using amqp091::Property;

namespace {

struct NamedProperty {
    std::string_view name;
    Property property;
};

// In RabbitMQ's order: the last property comes first.
constexpr NamedProperty properties[] = {
    {"cluster_id", Property::cluster_id},
    {"app_id", Property::app_id},
    {"user_id", Property::user_id},
    {"type", Property::type},
    {"timestamp", Property::timestamp},
    {"message_id", Property::message_id},
    {"expiration", Property::expiration},
    {"reply_to", Property::reply_to},
    {"correlation_id", Property::correlation_id},
    {"priority", Property::priority},
    {"delivery_mode", Property::delivery_mode},
    {"headers", Property::headers},
    {"content_encoding", Property::content_encoding},
    {"content_type", Property::content_type},
};
static_assert(std::size(properties) == amqp091::property_count);

// RabbitMQ writes all numbers as 32 bits; a time beyond 2038 gets the room that it needs.
FieldValue number(std::uint64_t value) {
    if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max()))
        return static_cast<std::int32_t>(value);
    return static_cast<std::int64_t>(value);
}

FieldValue value_of(const ContentHeader& header, Property property) {
    switch (property) {
        case Property::headers:
            return header.headers().decode();
        case Property::delivery_mode:
            return number(header.delivery_mode());
        case Property::priority:
            return number(header.priority());
        case Property::timestamp:
            return number(header.timestamp());
        default:
            return FieldValue(header.text(property));
    }
}

FieldTable properties_of(const ContentHeader& header) {
    FieldTable table;
    for (const auto& [name, property] : properties)
        if (header.has(property)) table.add(name, value_of(header, property));
    return table;
}

std::vector<std::string> keys_of(const Message& message, std::span<const std::string> extra_keys) {
    std::vector<std::string> keys{std::string(message.routing_key())};
    keys.insert(keys.end(), extra_keys.begin(), extra_keys.end());
    return keys;
}

// What both kinds say.
FieldTable describe(const Message& message, std::span<const std::string> extra_keys,
                    const TracePoint& at) {
    const auto header = ContentHeader::decode(message.header());
    ENSURE(header.has_value());  // checked when the message was made
    FieldTable headers;
    headers.add("channel", static_cast<std::int32_t>(at.channel));
    headers.add("connection", at.connection);
    headers.add("exchange_name", message.exchange());
    headers.add("node", at.node);
    headers.add("properties", properties_of(*header));
    headers.add("routing_keys", amqp091::field_texts(keys_of(message, extra_keys)));
    headers.add("user", at.user);
    headers.add("vhost", at.vhost);
    return headers;
}

// A short string has an end: what is longer is cut, as the binding keys of listeners are short too.
std::string key_of(std::string_view kind, std::string_view name) {
    std::string key(kind);
    key.append(name.substr(0, limits::short_string_bytes_max - kind.size()));
    return key;
}

MessageRef copy(const Message& message, const std::string& key, FieldTable headers) {
    headers.sort_by_name();
    const std::string header =
        amqp091::HeaderEdit().set_headers(headers).encode(message.body_bytes());
    return message.without_hidden_keys(trace_exchange, key, as_bytes(header),
                                       MessageTraits{.has_headers = true});
}

const ExchangeRecord* traced_at(const ShardServices& shard, const Message& message,
                                std::string_view vhost_name) {
    if (shard.topology().traced_vhosts() == 0 || message.exchange() == trace_exchange)
        return nullptr;
    const Vhost* vhost = shard.topology().find_vhost(vhost_name);
    return vhost == nullptr || !vhost->is_traced ? nullptr : vhost->find_exchange(trace_exchange);
}

// Nobody waits for a copy, and a copy that goes nowhere is none.
void send(ShardServices& shard, const ExchangeRecord& exchange, MessageRef copy) {
    Route route;
    route_message(shard.topology(), exchange, *copy, {}, shard.random(), route);
    for (const QueueRecord* queue : route.queues())
        shard.publish({queue->id(), queue->shard}, copy.share(), {});
}

}  // namespace

std::vector<std::string> traced_queues(const Route& route, const Message& message,
                                       std::span<const std::string> extra_keys) {
    if (message.exchange().empty()) return keys_of(message, extra_keys);
    std::vector<std::string> names;
    for (const QueueRecord* queue : route.queues())
        names.push_back(queue->name);
    return names;
}

MessageRef publish_trace(const Message& message, std::span<const std::string> extra_keys,
                         const std::vector<std::string>& queues, const TracePoint& at) {
    FieldTable headers = describe(message, extra_keys, at);
    headers.add("routed_queues", amqp091::field_texts(queues));
    return copy(message, key_of("publish.", message.exchange()), std::move(headers));
}

MessageRef delivery_trace(const Message& message, std::string_view queue, bool redelivered,
                          const TracePoint& at) {
    FieldTable headers = describe(message, extra_keys_of(message), at);
    headers.add("redelivered", std::int32_t{redelivered});
    return copy(message, key_of("deliver.", queue), std::move(headers));
}

void trace_publish(ShardServices& shard, const Message& message,
                   std::span<const std::string> extra_keys, const std::vector<std::string>& queues,
                   const TracePoint& at) {
    if (const ExchangeRecord* exchange = traced_at(shard, message, at.vhost))
        send(shard, *exchange, publish_trace(message, extra_keys, queues, at));
}

void trace_delivery(ShardServices& shard, const Message& message, std::string_view queue,
                    bool redelivered, const TracePoint& at) {
    if (const ExchangeRecord* exchange = traced_at(shard, message, at.vhost))
        send(shard, *exchange, delivery_trace(message, queue, redelivered, at));
}

}  // namespace warren::broker
