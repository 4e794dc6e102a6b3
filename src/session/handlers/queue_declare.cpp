// queue.declare (AMQP 0-9-1, section 1.7.2.1). Passive or not, the answer carries the counts of the
// queue as it is.
#include "broker/topology/queue_arguments.h"
#include "broker/topology/topology.h"
#include "broker/topology/topology_checks.h"
#include "session/channel.h"
#include "session/direct_reply.h"
#include "session/handlers/handlers.h"
#include "session/handlers/support.h"

namespace warren::session {

namespace {

void answer(Channel& channel, const std::string& name, bool nowait, const broker::Counts& counts) {
    channel.last_queue = name;
    if (nowait) return;
    channel.send(
        amqp091::QueueDeclareOk{.queue = name,
                                .message_count = static_cast<std::uint32_t>(counts.ready),
                                .consumer_count = static_cast<std::uint32_t>(counts.consumers)});
}

void answer_with_counts(Channel& channel, const amqp091::QueueDeclare& method,
                        const broker::QueueAddress& queue, std::string name) {
    channel.flush_settlements();
    channel.connection().ask(
        queue, broker::Inspect{},
        [&channel, nowait = method.nowait, passive = method.passive,
         name = std::move(name)](const broker::QueueReplyBody& reply) {
            const auto* refusal = std::get_if<broker::QueueRefusal>(&reply);
            if (refusal != nullptr && passive)
                return channel.raise(refusal_error(*refusal, channel.vhost_name(), name));
            // Who declared it has had it, if somebody deletes it in between.
            answer(channel, name, nowait,
                   refusal != nullptr ? broker::Counts{} : std::get<broker::Counts>(reply));
        });
}

// The pseudo-queue of direct replies can be declared to no effect, and a reply address asked about
// like a queue: so responders learn whether the requester is still there.
bool is_reply_name(std::string_view name) {
    return name == direct_reply_queue || direct_reply_consumer(name).has_value();
}

Handled declare_reply_name(Channel& channel, std::string name, bool nowait) {
    if (channel.connection().comes_again()) return {};
    channel.connection().end_run();
    const auto consumer = direct_reply_consumer(name);
    if (!consumer) {
        answer(channel, name, nowait, {0, 1});
        return {};
    }
    channel.connection().ask_reply_consumer(
        *consumer, name, [&channel, name, nowait](const broker::QueueReplyBody& reply) {
            if (std::holds_alternative<broker::QueueRefusal>(reply))
                return channel.raise(broker::no_such_queue(channel.vhost_name(), name));
            answer(channel, name, nowait, std::get<broker::Counts>(reply));
        });
    return {};
}

Handled declare_passively(Channel& channel, const amqp091::QueueDeclare& method, std::string name) {
    auto queue = find_queue(channel, name);
    if (!queue) return fail(std::move(queue.error()));
    // It may be gone when it is asked, which closes the channel.
    channel.connection().end_run();
    answer_with_counts(channel, method, address_of(**queue), std::move(name));
    return {};
}

// Dead-lettering reads from this queue and writes to the exchange.
Handled check_dead_letter_exchange(Channel& channel, std::string_view name,
                                   const amqp091::FieldTable& arguments) {
    if (auto typed = broker::check_exchange_name_argument(
            arguments, "x-dead-letter-exchange",
            broker::describe_queue(channel.vhost_name(), name));
        !typed)
        return typed;
    const auto* exchange = arguments.find("x-dead-letter-exchange");
    if (exchange == nullptr || exchange->as_text() == nullptr) return {};
    if (auto may =
            check_permission(channel, auth::ResourceKind::queue, name, auth::Permission::read);
        !may)
        return may;
    return check_permission(channel, auth::ResourceKind::exchange, *exchange->as_text(),
                            auth::Permission::write);
}

// The virtual host's default, or else the node's.
std::string_view default_queue_type(Channel& channel) {
    const auto* vhost = channel.connection().vhost();
    if (vhost != nullptr && !vhost->default_queue_type.empty()) return vhost->default_queue_type;
    return broker::name_of(channel.connection().settings().default_queue_type);
}

// An application that moves from classic to quorum queues may go on declaring the former. Nullptr
// if this is not the case, and the declare is to be looked at as any other.
const broker::QueueRecord* find_relaxed(Channel& channel, std::string_view name,
                                        const amqp091::FieldTable& arguments) {
    if (!channel.connection().settings().relaxed_queue_equivalence) return nullptr;
    const auto* vhost = channel.connection().vhost();
    const auto* queue = vhost == nullptr ? nullptr : vhost->find_queue(name);
    if (queue == nullptr || queue->type != broker::QueueType::quorum) return nullptr;
    return broker::queue_type_in(arguments) == broker::QueueType::classic ? queue : nullptr;
}

// Queues of one connection live with it; all others are spread over the shards by their names.
ShardId home_of(Channel& channel, std::string_view name, bool exclusive) {
    if (exclusive) return this_shard();
    const auto shards = channel.shard().shard_count();
    return {static_cast<std::uint16_t>(std::hash<std::string_view>{}(name) % shards)};
}

void submit(Channel& channel, const amqp091::QueueDeclare& method, std::string name,
            amqp091::FieldTable arguments) {
    Connection& connection = channel.connection();
    if (method.exclusive) connection.owns_exclusive_queues();
    channel.last_queue = name;  // a bind that is read before the answer may mean it
    connection.submit(
        broker::DeclareQueue{.vhost = channel.vhost_name(),
                             .name = name,
                             .durable = method.durable,
                             .auto_delete = method.auto_delete,
                             .owner = method.exclusive ? connection.id() : ConnectionId{},
                             .shard = home_of(channel, name, method.exclusive),
                             .arguments = std::move(arguments),
                             .user = connection.identity().username},
        method.nowait,
        [&channel, name, nowait = method.nowait](const broker::TopologyOutcome& outcome) {
            if (!outcome) return channel.raise(outcome.error());
            ++channel.connection().context().traffic.queues_declared;
            if (outcome->outcome == broker::Outcome::changed)
                return answer(channel, name, nowait, {});
            answer_with_counts(channel, {.nowait = nowait}, {outcome->queue, outcome->shard}, name);
        });
}

}  // namespace

Handled handle(Channel& channel, const amqp091::QueueDeclare& method) {
    std::string name = broker::without_line_breaks(method.queue);
    if (is_reply_name(name)) return declare_reply_name(channel, std::move(name), method.nowait);
    if (method.passive) return declare_passively(channel, method, std::move(name));
    auto arguments = broker::with_queue_type(method.arguments.decode(),
                                             {.durable = method.durable,
                                              .exclusive = method.exclusive,
                                              .auto_delete = method.auto_delete},
                                             default_queue_type(channel));
    if (auto fresh = name.empty() ? broker::check_server_named(broker::queue_type_in(arguments))
                                  : broker::check_new_queue_name(name);
        !fresh)
        return fresh;
    if (name.empty()) name = "amq.gen-" + random_name_part();
    if (auto may =
            check_permission(channel, auth::ResourceKind::queue, name, auth::Permission::configure);
        !may)
        return may;
    if (const auto* queue = find_relaxed(channel, name, arguments)) {
        if (auto same = broker::check_relaxed_equivalence(*queue, arguments); !same) return same;
        ++channel.connection().context().traffic.queues_declared;
        answer_with_counts(channel, method, address_of(*queue), std::move(name));
        return {};
    }
    const auto* vhost = channel.connection().vhost();
    if (vhost == nullptr || vhost->find_queue(name) == nullptr)
        if (auto checked = check_dead_letter_exchange(channel, name, arguments); !checked)
            return checked;
    submit(channel, method, std::move(name), std::move(arguments));
    return {};
}

}  // namespace warren::session
