// Exchanges and queues: declaring, declaring again, deleting.
#include <fmt/format.h>

#include "base/ensure.h"
#include "broker/exchange/exchange_types.h"
#include "broker/topology/queue_arguments.h"
#include "broker/topology/topology.h"
#include "broker/topology/topology_checks.h"

#include "amqp091/field_text.h"

namespace warren::broker {

using amqp091::AmqpError;
using amqp091::ReplyCode;

namespace {

AmqpError precondition_failed(std::string text) {
    return {.code = ReplyCode::precondition_failed, .text = std::move(text)};
}

// One property of a second declare against what exists.
template <typename Value>
Check check_same(std::string_view property, const std::string& subject, const Value& received,
                 const Value& current) {
    if (received == current) return {};
    return fail(precondition_failed(
        fmt::format("inequivalent arg '{}' for {}: received '{}' but current is '{}'", property,
                    subject, received, current)));
}

Check check_equivalent(const ExchangeRecord& exchange, const DeclareExchange& asked) {
    const std::string subject = describe_exchange(exchange.vhost->name, exchange.name);
    if (Check c = check_same<std::string_view>("type", subject, asked.type, exchange.type->name);
        !c)
        return c;
    if (Check c = check_same("durable", subject, asked.durable, exchange.durable); !c) return c;
    if (Check c = check_same("auto_delete", subject, asked.auto_delete, exchange.auto_delete); !c)
        return c;
    if (Check c = check_same("internal", subject, asked.internal, exchange.internal); !c) return c;
    static constexpr std::string_view compared[] = {"alternate-exchange"};
    if (const auto difference =
            amqp091::arguments_difference(compared, subject, asked.arguments, *exchange.arguments))
        return fail(precondition_failed(*difference));
    return {};
}

Check check_equivalent(const QueueRecord& queue, const DeclareQueue& asked, bool durable,
                       const amqp091::FieldTable& arguments) {
    // RabbitMQ's "strict" rule: a second declare must say exclusive exactly when the first did.
    if (queue.owner != asked.owner) return fail(queue_locked(asked.vhost, asked.name));
    const std::string subject = describe_queue(asked.vhost, asked.name);
    if (Check c = check_same("durable", subject, durable, queue.durable); !c) return c;
    if (Check c = check_same("auto_delete", subject, asked.auto_delete, queue.auto_delete); !c)
        return c;
    return check_equivalent_arguments(queue, arguments);
}

Check check_new_exchange(const DeclareExchange& asked, const ExchangeType& type) {
    if (Check c = check_exchange_name_argument(asked.arguments, "alternate-exchange",
                                               describe_exchange(asked.vhost, asked.name));
        !c)
        return c;
    if (type.check_arguments == nullptr) return {};
    return type.check_arguments(asked.arguments);
}

Check check_new_queue(const Vhost& vhost, const DeclareQueue& asked, QueueShape shape,
                      const amqp091::FieldTable& arguments) {
    if (Check c = check_exchange_name_argument(arguments, "x-dead-letter-exchange",
                                               describe_queue(asked.vhost, asked.name));
        !c)
        return c;
    if (Check c = check_queue_arguments(asked.vhost, asked.name, arguments); !c) return c;
    const std::int64_t queues_max = vhost.limits.queues_max.value_or(-1);
    const std::size_t queues = vhost.queues.size() - vhost.delay_queues;
    if (queues_max >= 0 && queues >= static_cast<std::size_t>(queues_max))
        return fail(precondition_failed(
            fmt::format("cannot declare queue '{}': queue limit in vhost '{}' ({}) is reached",
                        asked.name, asked.vhost, queues_max)));
    return check_queue_shape(asked.vhost, asked.name, shape, arguments);
}

}  // namespace

void Topology::predeclare_exchanges(Vhost& vhost, TopologyObserver& observer) {
    struct Predeclared {
        const char* name;
        const char* type;
        bool internal = false;
    };
    // AMQP 0-9-1 section 3.1.3 and RabbitMQ; the first is the default exchange.
    static constexpr Predeclared all[] = {
        {"", "direct"},
        {"amq.direct", "direct"},
        {"amq.fanout", "fanout"},
        {"amq.topic", "topic"},
        {"amq.headers", "headers"},
        {"amq.match", "headers"},
        {"amq.rabbitmq.trace", "topic", true},
    };
    static_assert(std::size(all) == predeclared_exchange_count);
    for (const Predeclared& exchange : all)
        add_exchange(vhost,
                     {.vhost = vhost.name,
                      .name = exchange.name,
                      .type = exchange.type,
                      .durable = true,
                      .internal = exchange.internal,
                      .arguments = {},
                      .user = "rmq-internal"},
                     observer);
}

ExchangeRecord& Topology::add_exchange(Vhost& vhost, const DeclareExchange& command,
                                       TopologyObserver& observer) {
    auto record = std::make_unique<ExchangeRecord>(ExchangeId{++last_number_}, vhost, command.name);
    ExchangeRecord& exchange = *record;
    exchange.type = find_exchange_type(command.type);
    ENSURE(exchange.type != nullptr);
    exchange.durable = command.durable;
    exchange.auto_delete = command.auto_delete;
    exchange.internal = command.internal;
    exchange.arguments = arguments_.share(command.arguments);
    exchange.user = user_named(command.user);
    if (const auto* alternate = command.arguments.find("alternate-exchange")) {
        exchange.has_alternate = true;
        exchange.alternate_exchange = *alternate->as_text();
    }
    if (!exchange.is_default()) exchange.router = exchange.type->make_router(command.arguments);
    vhost.deduplicating_exchanges += &routing_type(exchange) == &message_deduplication_exchange;
    vhost.exchanges.insert(std::move(record));
    routing_changed(vhost);
    observer.exchange_created(exchange);
    if (exchange.type == &delayed_message_exchange) add_delay_queue(exchange, observer);
    return exchange;
}

Topology::Answer Topology::perform(const DeclareExchange& command, TopologyObserver& observer) {
    if (Check c = check_exchange_type(command.type); !c) return fail(c.error());
    if (Check c = check_not_default_exchange(command.name); !c) return fail(c.error());
    Vhost* vhost = vhost_named(command.vhost);
    if (vhost == nullptr) return fail(no_such_vhost(command.vhost));
    if (const ExchangeRecord* existing = vhost->find_exchange(command.name)) {
        if (Check c = check_equivalent(*existing, command); !c) return fail(c.error());
        return TopologyResult{.outcome = Outcome::unchanged};
    }
    if (Check c = check_new_exchange(command, *find_exchange_type(command.type)); !c)
        return fail(c.error());
    add_exchange(*vhost, command, observer);
    return TopologyResult{};
}

Topology::Answer Topology::perform(const DeleteExchange& command, TopologyObserver& observer) {
    if (Check c = check_exchange_deletable(command.vhost, command.name); !c) return fail(c.error());
    Vhost* vhost = vhost_named(command.vhost);
    if (vhost == nullptr) return fail(no_such_vhost(command.vhost));
    auto found = vhost->exchanges.find(std::string_view(command.name));
    if (found == vhost->exchanges.end()) return TopologyResult{.outcome = Outcome::unchanged};
    if (command.if_unused && !(*found)->outbound.empty())
        return fail(
            precondition_failed(describe_exchange(command.vhost, command.name) + " in use"));
    remove_exchange(**found, observer);
    remove_doomed_exchanges(observer);
    return TopologyResult{};
}

Topology::Answer Topology::perform(const DeclareQueue& command, TopologyObserver& observer) {
    Vhost* vhost = vhost_named(command.vhost);
    if (vhost == nullptr) return fail(no_such_vhost(command.vhost));
    const bool exclusive{command.owner};
    // As RabbitMQ: a queue that goes with its connection is not durable, whatever was asked.
    const bool durable = command.durable && !exclusive;
    const QueueShape shape{durable, exclusive, command.auto_delete};
    amqp091::FieldTable arguments =
        with_queue_type(command.arguments, shape, vhost->default_queue_type);
    if (const QueueRecord* existing = vhost->find_queue(command.name)) {
        if (Check c = check_equivalent(*existing, command, durable, arguments); !c)
            return fail(c.error());
        return TopologyResult{Outcome::unchanged, existing->id(), existing->shard};
    }
    if (Check c = check_new_queue(*vhost, command, shape, arguments); !c) return fail(c.error());

    auto record = std::make_unique<QueueRecord>(QueueId{++last_number_}, *vhost, command.name);
    QueueRecord& queue = *record;
    queue.type = queue_type_in(arguments);
    queue.durable = durable;
    queue.auto_delete = command.auto_delete;
    queue.shard = command.shard;
    queue.owner = command.owner;
    queue.arguments = arguments_.share(std::move(arguments));
    queue.user = user_named(command.user);
    vhost->queues.insert(std::move(record));
    queues_.emplace(queue.id(), &queue);
    if (exclusive) owned_[queue.owner].insert(queue.id());
    routing_changed(*vhost);
    observer.queue_created(queue);
    return TopologyResult{Outcome::changed, queue.id(), queue.shard};
}

Topology::Answer Topology::perform(const DeleteQueue& command, TopologyObserver& observer) {
    auto found = queues_.find(command.queue);
    if (found == queues_.end()) return TopologyResult{.outcome = Outcome::unchanged};
    if (Check c = check_no_delay_queue(*found->second); !c) return fail(c.error());
    remove_queue(*found->second, observer);
    remove_doomed_exchanges(observer);
    return TopologyResult{};
}

Topology::Answer Topology::perform(const DeleteQueuesOf& command, TopologyObserver& observer) {
    auto owned = owned_.extract(command.connection);
    if (owned.empty()) return TopologyResult{.outcome = Outcome::unchanged};
    for (QueueId queue : owned.mapped())
        remove_queue(*queues_.at(queue), observer);
    remove_doomed_exchanges(observer);
    return TopologyResult{};
}

void Topology::remove_exchange(ExchangeRecord& exchange, TopologyObserver& observer) {
    exchange.doomed = true;  // losing its last binding must not put it on the list
    if (exchange.delay_queue != nullptr) remove_queue(*exchange.delay_queue, observer);
    while (!exchange.outbound.empty())
        remove_binding(exchange.outbound.back(), observer);
    remove_inbound(exchange, observer);
    observer.exchange_deleted(exchange);
    Vhost& vhost = *exchange.vhost;
    vhost.deduplicating_exchanges -= &routing_type(exchange) == &message_deduplication_exchange;
    vhost.exchanges.erase(vhost.exchanges.find(std::string_view(exchange.name)));
    routing_changed(vhost);
}

void Topology::remove_queue(QueueRecord& queue, TopologyObserver& observer) {
    remove_inbound(queue, observer);
    observer.queue_deleted(queue);
    if (auto owned = owned_.find(queue.owner); owned != owned_.end()) {
        owned->second.erase(queue.id());
        if (owned->second.empty()) owned_.erase(owned);
    }
    queues_.erase(queue.id());
    Vhost& vhost = *queue.vhost;
    if (queue.is_delay_queue()) {
        queue.delays_for->delay_queue = nullptr;
        --vhost.delay_queues;
    }
    vhost.queues.erase(vhost.queues.find(std::string_view(queue.name)));
    routing_changed(vhost);
}

void Topology::remove_doomed_exchanges(TopologyObserver& observer) {
    while (!doomed_.empty()) {
        ExchangeRecord* exchange = doomed_.back();
        doomed_.pop_back();
        remove_exchange(*exchange, observer);
    }
}

}  // namespace warren::broker
