// POST /api/queues/:vhost/:queue/get: takes messages one after the other, and gives them back or
// not, as asked for.
#include <fmt/format.h>

#include <memory>

#include "amqp091/content_header.h"
#include "amqp091/utf8.h"
#include "auth/password_hash.h"
#include "broker/topology/topology_checks.h"
#include "http/json_support.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

using amqp091::Property;

// Who asks for more at once than this gets what came first: the answer is made in memory.
constexpr std::size_t payload_bytes_max = 64u << 20;

// A get that goes on until it has what was asked for, or the queue is empty.
struct Taking {
    CallRef call;
    broker::QueueAddress queue;
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

constexpr std::pair<std::string_view, Property> texts[] = {
    {"content_type", Property::content_type},
    {"content_encoding", Property::content_encoding},
    {"correlation_id", Property::correlation_id},
    {"reply_to", Property::reply_to},
    {"expiration", Property::expiration},
    {"message_id", Property::message_id},
    {"type", Property::type},
    {"user_id", Property::user_id},
    {"app_id", Property::app_id},
    {"cluster_id", Property::cluster_id}};

json::value properties_json(ByteView payload) {
    const auto header = amqp091::ContentHeader::decode(payload);
    json::object object;
    if (!header) return object;
    for (const auto& [name, property] : texts)
        if (header->has(property)) object[name] = json::string(header->text(property));
    if (header->has(Property::delivery_mode)) object["delivery_mode"] = header->delivery_mode();
    if (header->has(Property::priority)) object["priority"] = header->priority();
    if (header->has(Property::timestamp)) object["timestamp"] = header->timestamp();
    if (header->has(Property::headers)) object["headers"] = to_json(header->headers().decode());
    // As Erlang's empty list comes out.
    if (object.empty()) return json::array();
    return object;
}

json::object message_json(Taking& taking, const broker::GetOk& got) {
    const broker::Message& message = *got.delivery.message;
    std::string body(as_text(message.body()));
    if (taking.truncate_at && *taking.truncate_at >= 0 &&
        body.size() > static_cast<std::uint64_t>(*taking.truncate_at))
        body.resize(static_cast<std::size_t>(*taking.truncate_at));
    taking.payload_bytes += body.size();
    const bool as_base64 = taking.base64 || !amqp091::is_utf8(body);
    return {{"payload_bytes", message.body_bytes()},
            {"redelivered", got.delivery.redelivered},
            {"exchange", message.exchange()},
            {"routing_key", message.routing_key()},
            {"message_count", got.ready_left},
            {"properties", properties_json(message.header())},
            {"payload", as_base64 ? auth::encode_base64(body) : body},
            {"payload_encoding", as_base64 ? "base64" : "string"}};
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
                 if (got == nullptr) return finish(taking);
                 if (!taking->auto_ack) taking->held.push_back(got->delivery.index);
                 taking->messages.push_back(message_json(*taking, *got));
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
    taking->channel = call->api().desk().next_channel();
    take_next(taking);
}

}  // namespace warren::http::routes
