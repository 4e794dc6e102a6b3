// queue.purge (AMQP 0-9-1, section 1.7.2.7): drops what is ready; what is unacknowledged stays.
#include "session/channel.h"
#include "session/handlers/handlers.h"
#include "session/handlers/support.h"

namespace warren::session {

Handled handle(Channel& channel, const amqp091::QueuePurge& method) {
    auto name = expand_queue_name(channel, method.queue);
    if (!name) return fail(std::move(name.error()));
    if (auto may =
            check_permission(channel, auth::ResourceKind::queue, *name, auth::Permission::read);
        !may)
        return may;
    auto queue = find_queue(channel, *name);
    if (!queue) return fail(std::move(queue.error()));
    if ((*queue)->type == broker::QueueType::stream)
        return refuse_by_streams("queue.purge", **queue);
    channel.flush_settlements();
    channel.connection().ask(
        address_of(**queue), broker::Purge{},
        [&channel, name = *name, nowait = method.nowait](const broker::QueueReplyBody& reply) {
            if (const auto* refusal = std::get_if<broker::QueueRefusal>(&reply))
                return channel.raise(refusal_error(*refusal, channel.vhost_name(), name));
            channel.shard().note(
                *channel.connection().actor(),
                {.action = "purged", .kind = "queue", .vhost = channel.vhost_name(), .name = name});
            if (nowait) return;
            channel.send(amqp091::QueuePurgeOk{.message_count = static_cast<std::uint32_t>(
                                                   std::get<broker::Purged>(reply).messages)});
        });
    return {};
}

}  // namespace warren::session
