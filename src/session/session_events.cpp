#include "session/session_events.h"

#include <fmt/format.h>

#include "amqp091/erlang_text.h"
#include "session/channel.h"
#include "session/connection.h"

namespace warren::session {

using amqp091::FieldArray;
using amqp091::FieldTable;

namespace {

// What RabbitMQ tells as the process of a connection or a channel.
std::string process_of(const Connection& connection, unsigned channel = 0) {
    return fmt::format("<{}.{}.{}.{}>", connection.settings().node_name,
                       connection.id().shard().value, connection.id().counter(), channel);
}

std::string channel_name(const Channel& channel) {
    return fmt::format("{} ({})", channel.connection().endpoints().name(), channel.id().value);
}

FieldTable ends_of(const Connection& connection) {
    const Endpoints& ends = connection.endpoints();
    return {{"peer_host", ends.peer_host},
            {"peer_port", static_cast<std::int32_t>(ends.peer_port)},
            {"host", ends.host},
            {"ssl", connection.peer().is_tls},
            {"protocol", "{0,9,1}"}};
}

FieldTable about_login(const Connection& connection, std::string_view user) {
    FieldTable headers = ends_of(connection);
    headers.add("name", user);
    headers.add("connection_name", connection.endpoints().name());
    headers.add("connection_type", "network");
    headers.add("auth_mechanism", connection.facts().mechanism);
    return headers;
}

FieldTable about_consumer(const Channel& channel, std::string_view tag, std::string_view queue) {
    return {{"consumer_tag", tag},
            {"queue", queue},
            {"vhost", channel.vhost_name()},
            {"channel", process_of(channel.connection(), channel.id().value)},
            {"user_who_performed_action", channel.connection().identity().username}};
}

}  // namespace

void tell_login(const Connection& connection) {
    if (!connection.shard().wants_events()) return;
    connection.shard().emit(
        {"user.authentication.success", about_login(connection, connection.identity().username)});
}

void tell_refused_login(const Connection& connection, std::string_view user, std::string_view why) {
    const Endpoints& ends = connection.endpoints();
    connection.shard().note({.user = std::string(user),
                             .address = fmt::format("{}:{}", ends.peer_host, ends.peer_port),
                             .protocol = "amqp"},
                            {.action = "refused", .kind = "login", .reason = why});
    if (!connection.shard().wants_events()) return;
    FieldTable headers = about_login(connection, user);
    headers.add("error", why);
    connection.shard().emit({"user.authentication.failure", std::move(headers)});
}

void tell_connection_created(const Connection& connection) {
    if (!connection.shard().wants_events()) return;
    const NodeSettings& settings = connection.settings();
    FieldTable headers = ends_of(connection);
    headers.add("name", connection.endpoints().name());
    headers.add("pid", process_of(connection));
    headers.add("port", static_cast<std::int32_t>(connection.endpoints().port));
    headers.add("node", settings.node_name);
    headers.add("user", connection.identity().username);
    headers.add("user_who_performed_action", connection.identity().username);
    headers.add("vhost", connection.vhost_name());
    headers.add("auth_mechanism", connection.facts().mechanism);
    headers.add("type", "network");
    headers.add("channel_max", static_cast<std::int32_t>(connection.facts().channel_max));
    headers.add("frame_max", static_cast<std::int64_t>(connection.frame_bytes_max()));
    headers.add("timeout", static_cast<std::int32_t>(connection.facts().heartbeat_s));
    headers.add("connected_at", connection.shard().now().wall.ms);
    headers.add("client_properties", amqp091::printed_fields(connection.facts().client_properties));
    if (const std::string name = connection.facts().client_name(); !name.empty())
        headers.add("user_provided_name", name);
    connection.shard().emit({"connection.created", std::move(headers)});
}

void tell_connection_closed(const Connection& connection) {
    if (!connection.shard().wants_events()) return;
    FieldTable headers{
        {"name", connection.endpoints().name()},
        {"pid", process_of(connection)},
        {"node", connection.settings().node_name},
        {"client_properties", amqp091::printed_fields(connection.facts().client_properties)}};
    if (const std::string name = connection.facts().client_name(); !name.empty())
        headers.add("user_provided_name", name);
    connection.shard().emit({"connection.closed", std::move(headers)});
}

void tell_channel_created(const Channel& channel) {
    if (!channel.shard().wants_events()) return;
    const Connection& connection = channel.connection();
    channel.shard().emit({"channel.created",
                          {{"pid", process_of(connection, channel.id().value)},
                           {"name", channel_name(channel)},
                           {"connection", process_of(connection)},
                           {"number", static_cast<std::int32_t>(channel.id().value)},
                           {"user", connection.identity().username},
                           {"vhost", connection.vhost_name()},
                           {"user_who_performed_action", connection.identity().username}}});
}

void tell_channel_closed(const Channel& channel) {
    if (!channel.shard().wants_events()) return;
    const Connection& connection = channel.connection();
    channel.shard().emit({"channel.closed",
                          {{"pid", process_of(connection, channel.id().value)},
                           {"name", channel_name(channel)},
                           {"user_who_performed_action", connection.identity().username}}});
}

void tell_consumer_created(const Channel& channel, const ConsumerNews& consumer) {
    if (!channel.shard().wants_events()) return;
    FieldTable headers = about_consumer(channel, consumer.tag, consumer.queue);
    headers.add("ack_required", consumer.acknowledges);
    headers.add("exclusive", consumer.exclusive);
    headers.add("prefetch_count", static_cast<std::int32_t>(consumer.prefetch));
    headers.add("arguments", amqp091::printed_fields(consumer.arguments));
    channel.shard().emit({"consumer.created", std::move(headers)});
}

void tell_consumer_deleted(const Channel& channel, const ChannelConsumer& consumer) {
    if (!channel.shard().wants_events()) return;
    // A queue that is gone by now has no name any more.
    const auto* queue = channel.shard().topology().find_queue(consumer.queue.queue);
    channel.shard().emit(
        {"consumer.deleted", about_consumer(channel, consumer.tag,
                                            queue == nullptr ? std::string_view() : queue->name)});
}

}  // namespace warren::session
