// queue.delete (AMQP 0-9-1, section 1.7.2.9). A missing queue counts as deleted, with no messages.
#include "broker/topology/topology_checks.h"
#include "session/channel.h"
#include "session/handlers/handlers.h"
#include "session/handlers/support.h"

namespace warren::session {

namespace {

void answer(Channel& channel, bool nowait, std::uint64_t messages) {
    if (!nowait)
        channel.send(amqp091::QueueDeleteOk{.message_count = static_cast<std::uint32_t>(messages)});
}

}  // namespace

Handled handle(Channel& channel, const amqp091::QueueDelete& method) {
    auto name = expand_queue_name(channel, broker::without_line_breaks(method.queue));
    if (!name) return fail(std::move(name.error()));
    if (auto may = check_permission(channel, auth::ResourceKind::queue, *name,
                                    auth::Permission::configure);
        !may)
        return may;
    auto queue = find_queue(channel, *name);
    if (!queue) {
        if (queue.error().code != amqp091::ReplyCode::not_found)
            return fail(std::move(queue.error()));
        answer(channel, method.nowait, 0);
        return {};
    }
    channel.flush_settlements();
    channel.connection().ask(
        address_of(**queue), broker::Delete{method.if_unused, method.if_empty, {}},
        [&channel, name = *name, nowait = method.nowait](const broker::QueueReplyBody& reply) {
            const auto* refusal = std::get_if<broker::QueueRefusal>(&reply);
            if (refusal != nullptr && *refusal != broker::QueueRefusal::queue_gone)
                return channel.raise(refusal_error(*refusal, channel.vhost_name(), name));
            const auto* deleted = std::get_if<broker::Deleted>(&reply);
            answer(channel, nowait, deleted == nullptr ? 0 : deleted->messages);
        });
    return {};
}

}  // namespace warren::session
