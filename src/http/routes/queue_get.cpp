// POST /api/queues/:vhost/:queue/get: takes messages one after the other, and gives them back or
// not, as asked for.
#include <fmt/format.h>

#include <memory>

#include "broker/topology/topology_checks.h"
#include "http/json_support.h"
#include "http/messages/message_json.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

// Who asks for more at once than this gets what came first: the answer is made in memory.
constexpr std::size_t payload_bytes_max = 64u << 20;

// A get that goes on until it has what was asked for, or the queue is empty.
struct Taking {
    CallRef call;
    broker::QueueAddress queue;
    broker::QueueType type = broker::QueueType::classic;
    ChannelId channel;
    std::int64_t left = 0;
    broker::Settlement settlement = broker::Settlement::ack;
    bool auto_ack = false;
    bool base64 = false;
    std::optional<std::int64_t> truncate_at;
    std::vector<DeliveryIndex> held;
    json::array messages;
    std::size_t payload_bytes = 0;
};
using TakingRef = std::shared_ptr<Taking>;

json::object got_json(Taking& taking, const broker::GetOk& got) {
    json::object object = message_json(*got.delivery.message,
                                       {.base64 = taking.base64, .cut_at = taking.truncate_at});
    object["redelivered"] = got.delivery.redelivered;
    object["message_count"] = got.ready_left;
    taking.payload_bytes += object["payload"].get_string().size();
    return object;
}

void finish(const TakingRef& taking) {
    QuestionDesk& desk = taking->call->api().desk();
    for (const DeliveryIndex index : taking->held)
        desk.send(taking->queue, broker::Settle{index, index, taking->settlement});
    if (!taking->auto_ack)
        desk.send(taking->queue, broker::Release{desk.connection(), taking->channel});
    taking->call->respond_json(taking->messages);
}

void take_next(const TakingRef& taking) {
    if (taking->left-- <= 0 || taking->payload_bytes >= payload_bytes_max) return finish(taking);
    QuestionDesk& desk = taking->call->api().desk();
    desk.ask(taking->queue,
             broker::Get{{desk.connection(), taking->channel, 0}, taking->auto_ack, {}},
             [taking](const broker::QueueReplyBody& reply) {
                 if (const auto* refusal = std::get_if<broker::QueueRefusal>(&reply)) {
                     if (*refusal == broker::QueueRefusal::queue_gone)
                         return taking->call->refuse(404, "not_found", "queue_not_found");
                     return taking->call->refuse_bad("the queue is in exclusive use");
                 }
                 const auto* got = std::get_if<broker::GetOk>(&reply);
                 HttpTraffic& traffic = taking->call->api().desk().traffic();
                 if (got == nullptr) {
                     traffic.count_got_empty(taking->type);
                     return finish(taking);
                 }
                 traffic.count_got(taking->type, taking->auto_ack, got->delivery);
                 trace_delivery(*taking->call, got->delivery);
                 if (!taking->auto_ack) taking->held.push_back(got->delivery.index);
                 taking->messages.push_back(got_json(*taking, *got));
                 take_next(taking);
             });
}

// False: the call has been refused.
bool read_mode(const CallRef& call, const std::string& mode, Taking& taking) {
    if (mode == "ack_requeue_true" || mode == "reject_requeue_true") {
        taking.settlement =
            mode == "ack_requeue_true" ? broker::Settlement::requeue : broker::Settlement::fail;
    } else if (mode == "ack_requeue_false") {
        taking.auto_ack = true;
    } else if (mode == "reject_requeue_false") {
        taking.settlement = broker::Settlement::reject;
    } else {
        call->refuse_bad(
            fmt::format("Invalid ackmode value: {}. Valid values are: ack_requeue_true, "
                        "ack_requeue_false, reject_requeue_true, reject_requeue_false",
                        mode));
        return false;
    }
    return true;
}

}  // namespace

void get_messages(const CallRef& call) {
    auto members = object_of(call);
    if (!members) return;
    Body body(call, std::move(*members));
    body.need({"ackmode", "count", "encoding"});
    const std::string mode = body.text("ackmode", "");
    const std::string encoding = body.text("encoding", "");
    auto taking = std::make_shared<Taking>();
    taking->left = body.integer("count").value_or(0);
    taking->truncate_at = body.integer("truncate");
    if (!body.ok() || !read_mode(call, mode, *taking)) return;
    if (encoding != "auto" && encoding != "base64")
        return call->refuse_bad("Unsupported encoding. Please use auto or base64.");
    taking->base64 = encoding == "base64";
    const auto* queue = find_queue(*call);
    if (queue == nullptr) return call->refuse(404, "not_found", "queue_not_found");
    if (!check_access(call, {auth::ResourceKind::queue, queue->vhost->name, queue->name},
                      auth::Permission::read))
        return;
    const std::string subject = broker::describe_queue(queue->vhost->name, queue->name);
    if (queue->type == broker::QueueType::stream)
        return call->refuse_bad(
            fmt::format("540 basic.get not supported by stream queues {}", subject));
    if (auto open = broker::check_open_to(*queue, {}); !open)
        return call->refuse_bad(open.error().text);
    taking->call = call;
    taking->queue = {queue->id(), queue->shard};
    taking->type = queue->type;
    taking->channel = call->api().desk().next_channel();
    take_next(taking);
}

}  // namespace warren::http::routes
