// queue.delete (AMQP 0-9-1, section 1.7.2.9). A missing queue counts as deleted, with no messages.
#include <fmt/format.h>

#include "broker/topology/topology_checks.h"
#include "broker/topology/vhost.h"
#include "session/channel.h"
#include "session/handlers/handlers.h"
#include "session/handlers/support.h"

namespace warren::session {

namespace {

void answer(Channel& channel, bool nowait, std::uint64_t messages) {
    if (!nowait)
        channel.send(amqp091::QueueDeleteOk{.message_count = static_cast<std::uint32_t>(messages)});
}

// A quorum queue is not deleted on conditions, in which a stream has no say either.
Handled check_conditions(const broker::QueueRecord& queue, const amqp091::QueueDelete& method) {
    if (queue.type != broker::QueueType::quorum) return {};
    const auto unsupported = [&](std::string_view flag) {
        return refuse(amqp091::ReplyCode::not_implemented,
                      fmt::format("cannot delete {}. queue.delete operations with {} flag set are "
                                  "not supported by quorum queues",
                                  broker::describe_queue(queue.vhost->name, queue.name), flag));
    };
    if (method.if_unused) return unsupported("if-unused");
    if (method.if_empty) return unsupported("if-empty");
    return {};
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
        if (channel.connection().comes_again()) return {};
        answer(channel, method.nowait, 0);
        return {};
    }
    if (auto may = broker::check_no_delay_queue(**queue); !may) return may;
    if (auto may = check_conditions(**queue, method); !may) return may;
    // Refused, it would close the channel to the deletes behind it.
    if (method.if_unused || method.if_empty) channel.connection().end_run();
    const bool is_stream = (*queue)->type == broker::QueueType::stream;
    channel.flush_settlements();
    channel.connection().ask(
        address_of(**queue),
        broker::Delete{method.if_unused && !is_stream, method.if_empty && !is_stream, {}},
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
