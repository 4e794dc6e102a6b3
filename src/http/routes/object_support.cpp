#include "http/routes/object_support.h"

#include <openssl/crypto.h>

#include <array>

#include "broker/exchange/exchange_types.h"
#include "http/access.h"

namespace warren::http {

namespace {

void add_count(json::object& object, std::string_view name, std::uint64_t count) {
    object.emplace(name, count);
    object.emplace(std::string(name) + "_details", json::object{{"rate", 0.0}});
}

void sum(broker::QueueCounters& into, const broker::QueueCounters& from) {
    into.published += from.published;
    into.delivered += from.delivered;
    into.delivered_auto_ack += from.delivered_auto_ack;
    into.got += from.got;
    into.got_auto_ack += from.got_auto_ack;
    into.got_empty += from.got_empty;
    into.redelivered += from.redelivered;
    into.acked += from.acked;
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
        list.push_back(json::object{{"node", api.facts().node_name},
                                    {"description", "RabbitMQ Management"},
                                    {"path", prefix.empty() ? "/" : prefix},
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

void QueueTotals::add(const broker::QueueStats& stats) {
    ready_ += stats.ready;
    unacked_ += stats.unacked;
    sum(counters_, stats.counters);
}

json::object QueueTotals::to_json() const {
    json::object object;
    add_count(object, "messages", ready_ + unacked_);
    add_count(object, "messages_ready", ready_);
    add_count(object, "messages_unacknowledged", unacked_);
    return object;
}

json::object QueueTotals::message_stats() const {
    return message_stats_json(counters_);
}

json::object message_stats_json(const broker::QueueCounters& counters) {
    json::object object;
    add_count(object, "ack", counters.acked);
    add_count(object, "deliver", counters.delivered);
    add_count(
        object, "deliver_get",
        counters.delivered + counters.delivered_auto_ack + counters.got + counters.got_auto_ack);
    add_count(object, "deliver_no_ack", counters.delivered_auto_ack);
    add_count(object, "get", counters.got);
    add_count(object, "get_empty", counters.got_empty);
    add_count(object, "get_no_ack", counters.got_auto_ack);
    add_count(object, "publish", counters.published);
    add_count(object, "redeliver", counters.redelivered);
    return object;
}

std::string_view exchange_name_in(std::string_view part) {
    return part == "amq.default" ? std::string_view() : part;
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

std::optional<std::vector<const broker::Vhost*>> listed_vhosts(const CallRef& call, bool in_path) {
    const auto& topology = call->api().topology();
    if (in_path) {
        const auto* vhost = topology.find_vhost(call->part("vhost"));
        if (vhost != nullptr) return std::vector{vhost};
        call->refuse_not_found();
        return std::nullopt;
    }
    std::vector<const broker::Vhost*> list;
    for (const auto& vhost : topology.vhosts())
        if (sees_vhost(*call, vhost->name)) list.push_back(vhost.get());
    return list;
}

bool check_access(const CallRef& call, const auth::Resource& resource,
                  auth::Permission permission) {
    if (call->api().access().allow(call->user(), resource, permission)) return true;
    call->refuse_not_authorised("Access refused.");
    return false;
}

void respond_put(const CallRef& call, const broker::TopologyOutcome& outcome, bool existed) {
    if (!outcome) return call->refuse_for(outcome.error());
    call->respond_status(existed ? 204 : 201);
}

}  // namespace warren::http
