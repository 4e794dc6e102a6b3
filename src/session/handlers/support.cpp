#include "session/handlers/support.h"

#include <fmt/format.h>

#include "broker/exchange/exchange_types.h"
#include "broker/topology/topology.h"
#include "broker/topology/topology_checks.h"
#include "session/channel.h"

namespace warren::session {

using amqp091::AmqpError;
using amqp091::ReplyCode;

Handled check_permission(Channel& channel, auth::ResourceKind kind, std::string_view name,
                         auth::Permission permission) {
    const auto& connection = channel.connection();
    const auth::Resource resource{kind, channel.vhost_name(), name};
    auto allowed = channel.access_cache().allow(connection.context().access, connection.identity(),
                                                resource, permission);
    if (!allowed) return refuse(ReplyCode::access_refused, std::move(allowed.error()));
    return {};
}

Handled check_topic(Channel& channel, const broker::ExchangeRecord& exchange,
                    std::string_view routing_key, auth::Permission permission) {
    if (exchange.type != &broker::topic_exchange) return {};
    const auto& connection = channel.connection();
    const auth::TopicUse use{channel.vhost_name(), exchange.name, routing_key};
    auto allowed = channel.access_cache().allow_topic(connection.context().access,
                                                      connection.identity(), use, permission);
    if (!allowed) return refuse(ReplyCode::access_refused, std::move(allowed.error()));
    return {};
}

Handled refuse_by_streams(std::string_view method, const broker::QueueRecord& stream) {
    return refuse(ReplyCode::not_implemented,
                  fmt::format("{} not supported by stream queues {}", method,
                              broker::describe_queue(stream.vhost->name, stream.name)));
}

Result<std::string, AmqpError> expand_queue_name(Channel& channel, std::string_view name) {
    if (!name.empty()) return std::string(name);
    if (channel.last_queue.empty())
        return refuse(ReplyCode::not_found, "no previously declared queue");
    return channel.last_queue;
}

Result<const broker::QueueRecord*, AmqpError> find_queue(Channel& channel, std::string_view name) {
    const auto* vhost = channel.connection().vhost();
    const auto* queue = vhost == nullptr ? nullptr : vhost->find_queue(name);
    if (queue == nullptr) return fail(broker::no_such_queue(channel.vhost_name(), name));
    if (auto open = broker::check_open_to(*queue, channel.connection().id()); !open)
        return fail(std::move(open.error()));
    return queue;
}

const broker::ExchangeRecord* find_exchange(Channel& channel, std::string_view name) {
    const auto* vhost = channel.connection().vhost();
    return vhost == nullptr ? nullptr : vhost->find_exchange(name);
}

AmqpError refusal_error(broker::QueueRefusal refusal, std::string_view vhost,
                        std::string_view queue) {
    const std::string subject = broker::describe_queue(vhost, queue);
    switch (refusal) {
        case broker::QueueRefusal::queue_gone:
            break;
        case broker::QueueRefusal::exclusively_held:
            return {ReplyCode::access_refused, fmt::format("{} in exclusive use", subject), 0, 0};
        case broker::QueueRefusal::in_use:
            return {ReplyCode::precondition_failed, fmt::format("{} in use", subject), 0, 0};
        case broker::QueueRefusal::not_empty:
            return {ReplyCode::precondition_failed, fmt::format("{} not empty", subject), 0, 0};
    }
    return broker::no_such_queue(vhost, queue);
}

}  // namespace warren::session
