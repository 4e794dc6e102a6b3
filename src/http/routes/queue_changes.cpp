// What changes a queue: declaring, deleting and purging it.
#include <fmt/format.h>

#include <functional>

#include "broker/topology/queue_arguments.h"
#include "broker/topology/topology_checks.h"
#include "http/access.h"
#include "http/json_support.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

auth::Resource resource_of(const Call& call) {
    return {auth::ResourceKind::queue, call.part("vhost"), call.part("queue")};
}

// Dead-lettering reads from this queue and writes to the exchange. False: refused.
bool check_dead_letter_exchange(const CallRef& call, const broker::DeclareQueue& command) {
    if (auto typed = broker::check_exchange_name_argument(
            command.arguments, "x-dead-letter-exchange",
            broker::describe_queue(command.vhost, command.name));
        !typed) {
        call->refuse_for(typed.error());
        return false;
    }
    const auto* exchange = command.arguments.find("x-dead-letter-exchange");
    if (exchange == nullptr || exchange->as_text() == nullptr) return true;
    return check_access(call, resource_of(*call), auth::Permission::read) &&
           check_access(call, {auth::ResourceKind::exchange, command.vhost, *exchange->as_text()},
                        auth::Permission::write);
}

ShardId home_of(const Call& call) {
    const std::size_t shards = call.api().node().shard_count();
    return {static_cast<std::uint16_t>(std::hash<std::string_view>{}(call.part("queue")) % shards)};
}

void refuse_for(const CallRef& call, broker::QueueRefusal refusal) {
    const std::string subject = broker::describe_queue(call->part("vhost"), call->part("queue"));
    switch (refusal) {
        case broker::QueueRefusal::queue_gone:
            return call->refuse_not_found();
        case broker::QueueRefusal::exclusively_held:
            return call->refuse_bad(fmt::format("{} in exclusive use", subject));
        case broker::QueueRefusal::in_use:
            return call->refuse_bad(fmt::format("{} in use", subject));
        case broker::QueueRefusal::not_empty:
            return call->refuse_bad(fmt::format("{} not empty", subject));
    }
}

// Exclusive queues are their connection's. False: refused.
bool check_open(const CallRef& call, const broker::QueueRecord& queue) {
    if (auto open = broker::check_open_to(queue, {}); !open) {
        call->refuse_bad(open.error().text);
        return false;
    }
    return true;
}

}  // namespace

void put_queue(const CallRef& call) {
    auto members = object_of(call);
    if (!members) return;
    Body body(call, std::move(*members));
    const auto* vhost = call->api().topology().find_vhost(call->part("vhost"));
    if (vhost == nullptr) return call->refuse(404, "not_found", "vhost_not_found");
    broker::DeclareQueue command;
    command.vhost = vhost->name;
    command.name = broker::without_line_breaks(call->part("queue"));
    command.durable = body.boolean("durable", false);
    command.auto_delete = body.boolean("auto_delete", false);
    const std::string node = body.text("node", call->api().facts().node_name);
    amqp091::FieldTable arguments = body.table("arguments");
    if (!body.ok() || !fits_short_string(call, "queue", command.name)) return;
    if (node != call->api().facts().node_name)
        return call->refuse_bad(fmt::format("Node {} is not a cluster member", node));
    const std::string_view type = vhost->default_queue_type.empty()
                                      ? broker::name_of(call->api().facts().default_queue_type)
                                      : std::string_view(vhost->default_queue_type);
    command.arguments = broker::with_queue_type(
        std::move(arguments),
        {.durable = command.durable, .exclusive = false, .auto_delete = command.auto_delete}, type);
    command.user = call->user().username;
    command.shard = home_of(*call);
    if (auto fresh = broker::check_new_queue_name(command.name); !fresh)
        return call->refuse_for(fresh.error());
    if (!check_access(call, resource_of(*call), auth::Permission::configure)) return;
    const bool existed = vhost->find_queue(command.name) != nullptr;
    if (!existed && !check_dead_letter_exchange(call, command)) return;
    call->api().desk().submit(std::move(command),
                              [call, existed](const broker::TopologyOutcome& outcome) {
                                  respond_put(call, outcome, existed);
                              });
}

void delete_queue(const CallRef& call) {
    const auto* queue = find_queue(*call);
    if (queue == nullptr) return call->refuse_not_found();
    if (!check_access(call, resource_of(*call), auth::Permission::configure) ||
        !check_open(call, *queue))
        return;
    const bool conditions_count = queue->type == broker::QueueType::classic;
    call->api().desk().ask({queue->id(), queue->shard},
                           broker::Delete{conditions_count && call->query_is_true("if-unused"),
                                          conditions_count && call->query_is_true("if-empty"),
                                          {}},
                           [call](const broker::QueueReplyBody& reply) {
                               if (const auto* refusal = std::get_if<broker::QueueRefusal>(&reply))
                                   return refuse_for(call, *refusal);
                               call->respond_status(204);
                           });
}

void purge_queue(const CallRef& call) {
    const auto* queue = find_queue(*call);
    if (queue == nullptr) return call->refuse_not_found();
    if (!check_access(call, resource_of(*call), auth::Permission::read) ||
        !check_open(call, *queue))
        return;
    if (queue->type == broker::QueueType::stream)
        return call->refuse_bad(
            fmt::format("queue.purge not supported by stream queues {}",
                        broker::describe_queue(queue->vhost->name, queue->name)));
    call->api().desk().ask({queue->id(), queue->shard}, broker::Purge{},
                           [call](const broker::QueueReplyBody& reply) {
                               if (const auto* refusal = std::get_if<broker::QueueRefusal>(&reply))
                                   return refuse_for(call, *refusal);
                               note(*call, {.action = "purged",
                                            .kind = "queue",
                                            .vhost = call->part("vhost"),
                                            .name = call->part("queue")});
                               call->respond_status(204);
                           });
}

// Those of classic mirrored queues, which have gone.
void act_on_queue(const CallRef& call) {
    if (find_queue(*call) == nullptr) return call->refuse_not_found();
    auto members = object_of(call);
    if (!members) return;
    Body body(call, std::move(*members));
    body.need({"action"});
    const std::string action = body.text("action", "");
    if (!body.ok()) return;
    call->respond_json(
        json::object{{"error", "bad_request"}, {"reason", json::array{"unknown", action}}}, 400);
}

// On a single node every leader is where it should be.
void rebalance_queues(const CallRef& call) {
    call->respond_status(204);
}

}  // namespace warren::http::routes
