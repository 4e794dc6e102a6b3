// basic.consume (AMQP 0-9-1, section 1.8.3.3). no-local is accepted and ignored, as in RabbitMQ.
#include <fmt/format.h>

#include "amqp091/field_text.h"
#include "broker/topology/topology_checks.h"
#include "session/channel.h"
#include "session/direct_reply.h"
#include "session/handlers/handlers.h"
#include "session/handlers/support.h"

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

Result<std::int32_t, amqp091::AmqpError> priority_of(const Channel& channel, std::string_view queue,
                                                     const amqp091::FieldTable& arguments) {
    const auto* value = arguments.find("x-priority");
    if (value == nullptr) return 0;
    const auto priority = value->as_integer();
    if (!priority)
        return refuse(ReplyCode::precondition_failed,
                      fmt::format("invalid arg 'x-priority' for {}: \"expected integer, got {}\"",
                                  broker::describe_queue(channel.vhost_name(), queue),
                                  amqp091::type_name(value->type())));
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(*priority, INT32_MIN, INT32_MAX));
}

// Arguments of stream consumers; all others that nobody knows have no effect.
Handled check_arguments(const Channel& channel, std::string_view queue,
                        const amqp091::FieldTable& arguments) {
    for (const std::string_view name :
         {"x-stream-offset", "x-stream-filter", "x-stream-match-unfiltered"})
        if (arguments.find(name) != nullptr)
            return refuse(ReplyCode::precondition_failed,
                          fmt::format("invalid arg '{}' for {} of queue type rabbit_classic_queue",
                                      name, broker::describe_queue(channel.vhost_name(), queue)));
    return {};
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
    auto arguments = method.arguments.decode();
    if (auto checked = check_arguments(channel, *name, arguments); !checked) return checked;
    const auto priority = priority_of(channel, *name, arguments);
    if (!priority) return fail(priority.error());

    const auto address = address_of(**queue);
    broker::ConsumerSpec spec{.id = channel.next_consumer_id(),
                              .tag = tag,
                              .priority = *priority,
                              .prefetch = method.no_ack ? 0 : channel.consumer_prefetch,
                              .auto_ack = method.no_ack,
                              .exclusive = method.exclusive,
                              .shared_limit = !method.no_ack && channel.prefetch_limit().limited(),
                              .arguments = std::move(arguments)};
    ChannelConsumer consumer{
        .tag = tag, .queue = address, .auto_ack = method.no_ack, .shared_limit = spec.shared_limit};
    const auto number = spec.id.number;
    channel.flush_settlements();
    channel.connection().ask(
        address, broker::Consume{std::move(spec), {}},
        [&channel, number, consumer = std::move(consumer), name = *name,
         nowait = method.nowait](const broker::QueueReplyBody& reply) mutable {
            if (const auto* refusal = std::get_if<broker::QueueRefusal>(&reply))
                return channel.raise(refusal_error(*refusal, channel.vhost_name(), name));
            answer(channel, consumer.tag, nowait);
            channel.add_consumer(number, std::move(consumer));
        });
    return {};
}

}  // namespace warren::session
