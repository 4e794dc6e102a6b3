#include "http/routes/object_support.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <array>

#include "broker/exchange/exchange_types.h"
#include "broker/routing/route_message.h"
#include "broker/trace/trace.h"
#include "http/access.h"

namespace warren::http {

namespace {

// A request has no connection of AMQP: as RabbitMQ does for its own, the node stands for it.
std::string connection_name(const Call& call) {
    return fmt::format("<{}.http>", call.api().facts().node_name);
}

broker::TracePoint trace_point(const Call& call, std::string_view connection) {
    return {.node = call.api().facts().node_name,
            .vhost = call.part("vhost"),
            .connection = connection,
            .channel = 1,
            .user = call.user().username};
}

}  // namespace

json::array exchange_types_json() {
    json::array list;
    for (const auto* type : broker::all_exchange_types())
        list.push_back(json::object{
            {"name", type->name}, {"description", type->description}, {"enabled", true}});
    return list;
}

json::array contexts_json(const Api& api) {
    const std::string& prefix = api.settings().path_prefix;
    json::array list;
    for (const auto& listener : api.facts().listeners) {
        if (!listener.protocol.starts_with("http")) continue;
        const bool is_metrics = listener.protocol.ends_with("/prometheus");
        list.push_back(json::object{
            {"node", api.facts().node_name},
            {"description", is_metrics ? "RabbitMQ Prometheus" : "RabbitMQ Management"},
            {"path", is_metrics || prefix.empty() ? "/" : prefix},
            {"ip", listener.address},
            {"port", std::to_string(listener.port)},
            {"ssl_opts", json::array()},
            {"cowboy_opts", "[]"}});
    }
    return list;
}

std::string crypto_library_version() {
    return OpenSSL_version(OPENSSL_VERSION);
}

std::string_view exchange_name_in(std::string_view part) {
    return part == "amq.default" ? std::string_view() : part;
}

bool is_this_node(const CallRef& call) {
    if (call->part("node") == call->api().facts().node_name) return true;
    call->refuse_not_found();
    return false;
}

const broker::ExchangeRecord* find_exchange(const Call& call) {
    const auto* vhost = call.api().topology().find_vhost(call.part("vhost"));
    return vhost == nullptr ? nullptr
                            : vhost->find_exchange(exchange_name_in(call.part("exchange")));
}

const broker::QueueRecord* find_queue(const Call& call) {
    const auto* vhost = call.api().topology().find_vhost(call.part("vhost"));
    const auto* queue = vhost == nullptr ? nullptr : vhost->find_queue(call.part("queue"));
    return queue == nullptr || queue->is_delay_queue() ? nullptr : queue;
}

std::optional<std::vector<const broker::Vhost*>> listed_vhosts(const CallRef& call, bool in_path,
                                                               ShowsVhost shows) {
    const auto& topology = call->api().topology();
    if (in_path) {
        const auto* vhost = topology.find_vhost(call->part("vhost"));
        if (vhost != nullptr) return std::vector{vhost};
        call->refuse_not_found();
        return std::nullopt;
    }
    std::vector<const broker::Vhost*> list;
    for (const auto& vhost : topology.vhosts())
        if (shows(*call, vhost->name)) list.push_back(vhost.get());
    return list;
}

bool check_access(const CallRef& call, const auth::Resource& resource,
                  auth::Permission permission) {
    if (call->api().access().allow(call->user(), resource, permission)) return true;
    call->refuse_not_authorised("Access refused.");
    return false;
}

void trace_publish(const Call& call, const broker::Message& message, const broker::Route& route) {
    cluster::ShardNode& node = call.api().node();
    if (node.topology().traced_vhosts() == 0) return;
    const auto keys = broker::extra_keys_of(message);
    const std::string connection = connection_name(call);
    broker::trace_publish(node, message, keys, broker::traced_queues(route, message, keys),
                          trace_point(call, connection));
}

void trace_delivery(const Call& call, const broker::Delivery& delivery) {
    cluster::ShardNode& node = call.api().node();
    if (node.topology().traced_vhosts() == 0) return;
    const std::string connection = connection_name(call);
    broker::trace_delivery(node, *delivery.message, call.part("queue"), delivery.redelivered,
                           trace_point(call, connection));
}

void respond_put(const CallRef& call, const broker::TopologyOutcome& outcome, bool existed) {
    if (!outcome) return call->refuse_for(outcome.error());
    call->respond_status(existed ? 204 : 201);
}

}  // namespace warren::http
