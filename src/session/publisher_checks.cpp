// What is checked of a message before it is sent, and what is changed about it.
#include <fmt/format.h>

#include "auth/access_cache.h"
#include "broker/exchange/exchange_types.h"
#include "broker/routing/route_message.h"
#include "broker/topology/topology.h"
#include "broker/topology/topology_checks.h"
#include "session/channel.h"
#include "session/direct_reply.h"
#include "session/expiration.h"
#include "session/publisher.h"

namespace warren::session {

using amqp091::AmqpError;
using amqp091::ContentHeader;
using amqp091::Property;
using amqp091::ReplyCode;

namespace {

AmqpError publish_error(ReplyCode code, std::string text) {
    return error_of(amqp091::MethodId::basic_publish, code, std::move(text));
}

}  // namespace

// Permission to write, existence, internal, topic permission: in RabbitMQ's order.
Handled Publisher::check_exchange() {
    const auto name = assembler_.exchange();
    auto& connection = channel_.connection();
    const auto& access = connection.context().access;
    const auto refuse = [](std::string text) {
        return fail(publish_error(ReplyCode::access_refused, std::move(text)));
    };
    const auth::Resource resource{auth::ResourceKind::exchange, channel_.vhost_name(), name};
    if (auto allowed = channel_.access_cache().allow(access, connection.identity(), resource,
                                                     auth::Permission::write);
        !allowed)
        return refuse(allowed.error());
    const auto* vhost = connection.vhost();
    const auto* exchange = vhost == nullptr ? nullptr : vhost->find_exchange(name);
    if (exchange == nullptr) {
        auto missing = broker::no_such_exchange(channel_.vhost_name(), name);
        return fail(publish_error(missing.code, std::move(missing.text)));
    }
    if (exchange->internal)
        return refuse(fmt::format("cannot publish to internal {}",
                                  broker::describe_exchange(channel_.vhost_name(), name)));
    const bool is_topic = exchange->type == &broker::topic_exchange;
    if (is_topic) {
        const auth::TopicUse use{channel_.vhost_name(), name, assembler_.routing_key()};
        if (auto allowed = channel_.access_cache().allow_topic(access, connection.identity(), use,
                                                               auth::Permission::write);
            !allowed)
            return refuse(allowed.error());
    }
    remember_address();
    last_.topology_version = channel_.shard().topology().version();
    last_.access_version = access.version();
    last_.permitted = true;
    last_.any_key =
        !is_topic || !access.restricts_topics(connection.identity(), channel_.vhost_name(), name);
    last_.exchange = exchange;
    // What is traced takes the long way.
    last_.by_key =
        !vhost->is_traced && broker::depends_only_on_key(channel_.shard().topology(), *exchange);
    return {};
}

Handled Publisher::check_properties(const ContentHeader& header, AcceptedMessage& accepted,
                                    broker::MessageTraits& traits) {
    traits.persistent = header.delivery_mode() == 2;
    traits.priority = header.priority();
    traits.has_headers = header.has(Property::headers);
    if (header.has(Property::user_id)) {
        auto allowed =
            auth::AccessControl::allow_user_id(channel_.connection().identity(), header.user_id());
        if (!allowed) return fail(publish_error(ReplyCode::precondition_failed, allowed.error()));
    }
    if (header.has(Property::expiration)) {
        auto expiration = parse_expiration(header.expiration());
        if (!expiration)
            return fail(
                publish_error(ReplyCode::precondition_failed, std::move(expiration.error())));
        traits.expiration_ms = *expiration;
    }
    if (!traits.has_headers) return {};
    if (auto read = read_copies(header.headers(), "CC", accepted.extra_keys); !read) return read;
    accepted.visible_keys = accepted.extra_keys.size();
    return read_copies(header.headers(), "BCC", accepted.extra_keys);
}

// Topic permissions hold for each routing key that a message is published with.
Handled Publisher::check_extra_topics(std::span<const std::string> keys) {
    if (keys.empty()) return {};
    const auto& connection = channel_.connection();
    const auto name = assembler_.exchange();
    const auto* vhost = connection.vhost();
    const auto* exchange = vhost == nullptr ? nullptr : vhost->find_exchange(name);
    if (exchange == nullptr || exchange->type != &broker::topic_exchange) return {};
    for (const auto& key : keys) {
        const auth::TopicUse use{channel_.vhost_name(), name, key};
        auto allowed = channel_.access_cache().allow_topic(
            connection.context().access, connection.identity(), use, auth::Permission::write);
        if (!allowed)
            return fail(publish_error(ReplyCode::access_refused, std::move(allowed.error())));
    }
    return {};
}

// Sender-selected distribution: further routing keys in the headers CC and BCC.
Handled Publisher::read_copies(amqp091::TableView headers, std::string_view name,
                               std::vector<std::string>& keys) {
    const auto field = headers.find(name);
    if (!field) return {};
    if (field->type != amqp091::FieldType::array)
        return fail(
            publish_error(ReplyCode::precondition_failed,
                          fmt::format("invalid message: {{unacceptable_type_in_header,\"{}\",{}}}",
                                      name, amqp091::type_name(field->type))));
    amqp091::ArrayView(*field).for_each([&](const amqp091::FieldView& item) {
        if (const auto key = item.as_text()) keys.emplace_back(*key);
    });
    return {};
}

// BCC is not shown to consumers; a reply-to of amq.rabbitmq.reply-to becomes this channel's own
// name.
Handled Publisher::rewrite(const ContentHeader& header, std::string& rewritten) {
    const bool hides_bcc =
        header.has(Property::headers) && header.headers().find("BCC").has_value();
    const bool replies_directly = header.reply_to() == direct_reply_queue;
    if (!hides_bcc && !replies_directly) return {};
    amqp091::HeaderEdit edit(header);
    if (hides_bcc) edit.set_headers(as_bytes(amqp091::encode_without(header.headers(), "BCC")));
    if (replies_directly) {
        const auto* consumer = channel_.reply_consumer.get();
        if (consumer == nullptr)
            return fail(publish_error(ReplyCode::precondition_failed,
                                      "fast reply consumer does not exist"));
        edit.set_text(Property::reply_to, consumer->routing_key);
    }
    rewritten = edit.encode(header.body_bytes());
    return {};
}

}  // namespace warren::session
