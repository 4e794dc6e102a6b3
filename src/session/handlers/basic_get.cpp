// basic.get (AMQP 0-9-1, section 1.8.3.10).
#include <fmt/format.h>

#include "broker/topology/effective_settings.h"
#include "broker/topology/topology_checks.h"
#include "broker/topology/vhost.h"
#include "session/channel.h"
#include "session/handlers/handlers.h"
#include "session/handlers/support.h"

namespace warren::session {

namespace {

struct Asked {
    broker::QueueAddress queue;
    broker::QueueType queue_type;
    bool auto_ack;
};

void answer(Channel& channel, const Asked& asked, const broker::GetOk& got) {
    UnackedDelivery unacked;
    if (!asked.auto_ack)
        unacked = {asked.queue.queue,
                   got.delivery.index,
                   asked.queue.shard,
                   asked.queue_type,
                   false,
                   UnackedDelivery::seconds_of(channel.shard().now().instant)};
    channel.traffic().count_delivered(
        asked.queue.queue, asked.queue_type,
        asked.auto_ack ? &DeliveryCounters::got_auto_ack : &DeliveryCounters::got, 1,
        got.delivery.redelivered ? 1 : 0);
    const DeliveryTag tag = channel.add_delivery(unacked);
    const auto& message = got.delivery.message;
    channel.send(amqp091::BasicGetOk{.delivery_tag = tag.value,
                                     .redelivered = got.delivery.redelivered,
                                     .exchange = message->exchange(),
                                     .routing_key = message->routing_key(),
                                     .message_count = static_cast<std::uint32_t>(got.ready_left)});
    channel.send_content(message);
    if (channel.may_be_traced()) channel.trace_delivery(asked.queue, got.delivery);
}

// A message of a quorum queue with a single active consumer is that one's.
Handled check_type(const broker::QueueRecord& queue) {
    if (queue.type == broker::QueueType::stream) return refuse_by_streams("basic.get", queue);
    if (queue.type == broker::QueueType::quorum &&
        broker::effective_settings(queue).single_active_consumer)
        return refuse(
            amqp091::ReplyCode::resource_locked,
            fmt::format("cannot obtain access to locked {}. basic.get operations are not supported "
                        "by <<\"quorum\">> queues with single active consumer",
                        broker::describe_queue(queue.vhost->name, queue.name)));
    return {};
}

}  // namespace

Handled handle(Channel& channel, const amqp091::BasicGet& method) {
    auto name = expand_queue_name(channel, method.queue);
    if (!name) return fail(std::move(name.error()));
    if (auto may =
            check_permission(channel, auth::ResourceKind::queue, *name, auth::Permission::read);
        !may)
        return may;
    auto queue = find_queue(channel, *name);
    if (!queue) return fail(std::move(queue.error()));
    if (auto may = check_type(**queue); !may) return may;
    const auto address = address_of(**queue);
    channel.flush_settlements();
    if (!method.no_ack) channel.note_use(address);
    channel.connection().ask(
        address, broker::Get{{channel.connection().id(), channel.id(), 0}, method.no_ack, {}},
        [&channel, name = *name, asked = Asked{address, (*queue)->type, method.no_ack}](
            const broker::QueueReplyBody& reply) {
            if (const auto* refusal = std::get_if<broker::QueueRefusal>(&reply))
                return channel.raise(refusal_error(*refusal, channel.vhost_name(), name));
            if (const auto* got = std::get_if<broker::GetOk>(&reply))
                return answer(channel, asked, *got);
            channel.traffic().count_delivered(asked.queue.queue, asked.queue_type,
                                              &DeliveryCounters::got_empty, 1);
            channel.send(amqp091::BasicGetEmpty{});
        });
    return {};
}

}  // namespace warren::session
