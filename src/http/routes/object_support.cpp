#include "http/routes/object_support.h"

#include <openssl/crypto.h>

#include <array>

#include "broker/exchange/exchange_types.h"
#include "http/access.h"

namespace warren::http {

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
