// basic.consume (AMQP 0-9-1, section 1.8.3.3). no-local is accepted and ignored, as in RabbitMQ.
#include <fmt/format.h>

#include "broker/stream/stream_arguments.h"
#include "broker/topology/queue_arguments.h"
#include "broker/topology/topology_checks.h"
#include "broker/topology/vhost.h"
#include "session/channel.h"
#include "session/direct_reply.h"
#include "session/handlers/handlers.h"
#include "session/handlers/support.h"
#include "session/session_events.h"

namespace warren::session {

using amqp091::ReplyCode;

namespace {

void answer(Channel& channel, const std::string& tag, bool nowait) {
    if (!nowait) channel.send(amqp091::BasicConsumeOk{.consumer_tag = tag});
}

// The pseudo-queue of direct reply-to: no queue, one consumer a channel, automatic acknowledgement.
Handled consume_replies(Channel& channel, const amqp091::BasicConsume& method, std::string tag) {
    if (!method.no_ack)
        return refuse(ReplyCode::precondition_failed, "reply consumer cannot acknowledge");
    if (channel.reply_consumer)
        return refuse(ReplyCode::precondition_failed, "reply consumer already set");
    const auto id = channel.next_consumer_id();
    channel.reply_consumer =
        std::make_unique<ReplyConsumer>(ReplyConsumer{tag, direct_reply_name(id), id.number});
    answer(channel, tag, method.nowait);
    return {};
}

// The argument was checked to be an integer.
std::int32_t priority_in(const amqp091::FieldTable& arguments) {
    const auto* value = arguments.find("x-priority");
    if (value == nullptr) return 0;
    return static_cast<std::int32_t>(
        std::clamp<std::int64_t>(*value->as_integer(), INT32_MIN, INT32_MAX));
}

// Of all that can be wrong with a consumer of a stream RabbitMQ tells this first.
Handled check_stream_offset(const broker::QueueRecord& stream,
                            const amqp091::FieldTable& arguments) {
    const auto offset = broker::parse_stream_offset(arguments);
    if (offset) return {};
    return refuse(
        ReplyCode::precondition_failed,
        fmt::format("invalid arg 'x-stream-offset' for {}: {}",
                    broker::describe_queue(stream.vhost->name, stream.name), offset.error()));
}

// Nothing on queues that do not know the argument.
std::optional<std::uint64_t> ack_timeout_in(const broker::QueueRecord& queue,
                                            const amqp091::FieldTable& arguments) {
    const auto* value = arguments.find("x-consumer-timeout");
    if (value == nullptr || queue.type != broker::QueueType::quorum) return {};
    return static_cast<std::uint64_t>(*value->as_integer());
}

// Readers of a stream go at a pace of their own, which only acknowledgements tell.
Handled check_stream_consumer(const broker::QueueRecord& stream, std::uint32_t prefetch,
                              bool auto_ack) {
    const std::string subject = broker::describe_queue(stream.vhost->name, stream.name);
    if (prefetch == 0)
        return refuse(ReplyCode::precondition_failed,
                      fmt::format("consumer prefetch count is not set for stream {}", subject));
    if (auto_ack)
        return refuse(ReplyCode::not_implemented,
                      fmt::format("automatic acknowledgement not supported by stream {}", subject));
    return {};
}

Result<broker::ConsumerSpec, amqp091::AmqpError> spec_of(Channel& channel,
                                                         const broker::QueueRecord& queue,
                                                         const amqp091::BasicConsume& method,
                                                         const std::string& tag) {
    auto arguments = method.arguments.decode();
    const bool is_stream = queue.type == broker::QueueType::stream;
    if (is_stream)
        if (auto checked = check_stream_offset(queue, arguments); !checked)
            return fail(checked.error());
    if (auto checked = broker::check_consumer_arguments(queue, arguments); !checked)
        return fail(checked.error());
    const auto& shared = channel.prefetch_limit();
    std::uint32_t prefetch = channel.consumer_prefetch;
    if (is_stream) {
        // As in RabbitMQ 4.3, which counts a limit of the channel for each consumer.
        if (prefetch == 0) prefetch = shared.limit();
        if (auto may = check_stream_consumer(queue, prefetch, method.no_ack); !may)
            return fail(may.error());
    }
    const std::int32_t priority = priority_in(arguments);
    return broker::ConsumerSpec{
        .id = channel.next_consumer_id(),
        .tag = tag,
        .priority = priority,
        .prefetch = method.no_ack ? 0 : prefetch,
        .ack_timeout_ms = ack_timeout_in(queue, arguments),
        .auto_ack = method.no_ack,
        // Quorum queues and streams accept it and keep nobody else away.
        .exclusive = method.exclusive && queue.type == broker::QueueType::classic,
        .shared_limit = !method.no_ack && !is_stream && shared.limited(),
        .arguments = std::move(arguments)};
}

}  // namespace

Handled handle(Channel& channel, const amqp091::BasicConsume& method) {
    std::string tag(method.consumer_tag);
    const bool replies = method.queue == direct_reply_queue;
    auto name = expand_queue_name(channel, method.queue);
    if (!name) return fail(std::move(name.error()));
    if (!tag.empty() && channel.consumer_tag_taken(tag))
        return refuse(ReplyCode::not_allowed,
                      fmt::format("attempt to reuse consumer tag '{}'", tag));
    if (tag.empty()) tag = "amq.ctag-" + random_name_part();
    if (replies) return consume_replies(channel, method, std::move(tag));
    if (auto may =
            check_permission(channel, auth::ResourceKind::queue, *name, auth::Permission::read);
        !may)
        return may;
    auto queue = find_queue(channel, *name);
    if (!queue) return fail(std::move(queue.error()));
    if (auto may = broker::check_no_delay_queue(**queue); !may) return may;
    auto spec = spec_of(channel, **queue, method, tag);
    if (!spec) return fail(std::move(spec.error()));
    const auto address = address_of(**queue);
    ChannelConsumer consumer{.tag = tag,
                             .queue = address,
                             .queue_type = (*queue)->type,
                             .auto_ack = method.no_ack,
                             .shared_limit = spec->shared_limit};
    const auto number = spec->id.number;
    const auto prefetch = spec->prefetch;
    const bool tells = channel.shard().wants_events();
    auto arguments = tells ? spec->arguments : amqp091::FieldTable();
    channel.flush_settlements();
    channel.connection().ask(
        address, broker::Consume{std::move(*spec), {}},
        [&channel, number, consumer = std::move(consumer), name = *name, nowait = method.nowait,
         exclusive = method.exclusive, prefetch,
         arguments = std::move(arguments)](const broker::QueueReplyBody& reply) mutable {
            if (const auto* refusal = std::get_if<broker::QueueRefusal>(&reply))
                return channel.raise(refusal_error(*refusal, channel.vhost_name(), name));
            answer(channel, consumer.tag, nowait);
            tell_consumer_created(channel, {.tag = consumer.tag,
                                            .queue = name,
                                            .acknowledges = !consumer.auto_ack,
                                            .exclusive = exclusive,
                                            .prefetch = prefetch,
                                            .arguments = arguments});
            channel.add_consumer(number, std::move(consumer));
        });
    return {};
}

}  // namespace warren::session
