// Health checks: what probes of orchestrators and Nagios plug-ins ask.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/pattern.h"
#include "broker/topology/topology_checks.h"
#include "http/json_support.h"
#include "http/json_values.h"
#include "http/router.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

constexpr unsigned unavailable = 503;

void respond_ok(const CallRef& call) {
    call->respond_json(json::object{{"status", "ok"}});
}

void fail_with(const CallRef& call, json::object details) {
    details["status"] = "failed";
    call->respond_json(details, unavailable);
}

json::object leaderless_json(const broker::QueueRecord& queue) {
    return {{"readable_name", json_text(broker::describe_queue(queue.vhost->name, queue.name))},
            {"name", json_text(queue.name)},
            {"virtual_host", json_text(queue.vhost->name)},
            {"type", "rabbit_quorum_queue"}};
}

json::array alarms_json(const Api& api) {
    json::array list;
    const auto add = [&](bool on, std::string_view resource) {
        if (on)
            list.push_back(json::object{{"node", api.facts().node_name}, {"resource", resource}});
    };
    add(api.alarms().memory, "memory");
    add(api.alarms().disk, "disk");
    return list;
}

// As RabbitMQ names the protocols of listeners, and what else they are asked for by.
std::string_view protocol_alias(std::string_view protocol) {
    if (protocol == "amqp091" || protocol == "amqp10") return "amqp";
    if (protocol == "amqps" || protocol == "amqp/tls" || protocol == "tls") return "amqp/ssl";
    return protocol;
}

}  // namespace

// A vhost is down while what it keeps cannot be written.
void check_vhosts(const CallRef& call) {
    const Api& api = call->api();
    if (!api.alarms().storage) return respond_ok(call);
    json::array down;
    for (const auto& vhost : api.topology().vhosts())
        down.push_back(json_text(vhost->name));
    call->respond_json(json::object{{"status", "failed"},
                                    {"reason", "Some virtual hosts are down"},
                                    {"virtual-hosts", std::move(down)}},
                       unavailable);
}

// The replica is complete before anybody is served.
void check_metadata_store(const CallRef& call) {
    respond_ok(call);
}

void check_metadata_store_has_data(const CallRef& call) {
    const Api& api = call->api();
    if (!api.topology().vhosts().empty() || !api.users().users().empty()) return respond_ok(call);
    fail_with(call, {{"reason", "Metadata store has no data"}});
}

// A quorum queue of one node has its leader as long as its log can be written.
void check_leaders(const CallRef& call) {
    if (!call->api().alarms().storage) return respond_ok(call);
    const auto pattern = call->resource_has("pattern") ? Pattern::compile(call->part("pattern"))
                                                       : Pattern::compile("");
    json::array queues;
    for (const auto& vhost : call->api().topology().vhosts()) {
        if (call->resource_has("vhost") && call->part("vhost") != vhost->name) continue;
        for (const auto& queue : vhost->queues)
            if (queue->type == broker::QueueType::quorum && pattern &&
                pattern->matches(queue->name))
                queues.push_back(leaderless_json(*queue));
    }
    if (queues.empty()) return respond_ok(call);
    fail_with(call, {{"reason", "There are quorum queues without elected leaders"},
                     {"queues", std::move(queues)}});
}

void check_in_service(const CallRef& call) {
    if (call->api().in_service()) return respond_ok(call);
    fail_with(call, {{"reason", "this rabbit node is not currently available to serve"}});
}

void check_connection_limit(const CallRef& call) {
    const std::uint64_t limit = call->api().facts().connections_max;
    if (limit == 0) return respond_ok(call);
    call->api().reports().survey_totals([call, limit](const std::vector<ShardTotals>& shards) {
        std::uint64_t connections = 0;
        for (const auto& shard : shards)
            connections += shard.traffic.connections_open();
        if (connections < limit)
            return call->respond_json(
                json::object{{"status", "ok"}, {"limit", limit}, {"connections", connections}});
        fail_with(call, {{"reason", "node connection limit is reached"},
                         {"limit", limit},
                         {"connections", connections}});
    });
}

void check_ready(const CallRef& call) {
    if (!call->api().in_service())
        return fail_with(call, {{"reason", "the rabbit node is not currently available to serve"}});
    if (std::ranges::none_of(call->api().facts().listeners, [](const ListenerFact& listener) {
            return listener.protocol.starts_with("amqp");
        }))
        return fail_with(call, {{"reason", "no active listeners for AMQP/AMQPS"}});
    check_connection_limit(call);
}

// One node is what a cluster has at most.
void check_cluster_size(const CallRef& call) {
    respond_ok(call);
}

void check_alarms(const CallRef& call) {
    auto alarms = alarms_json(call->api());
    if (alarms.empty()) return respond_ok(call);
    const bool local = call->resource()->path.ends_with("local-alarms");
    call->respond_json(json::object{{"status", "failed"},
                                    {"reason", local ? "There are alarms in effect on the node"
                                                     : "There are alarms in effect in the cluster"},
                                    {"alarms", std::move(alarms)}},
                       unavailable);
}

void check_port_listener(const CallRef& call) {
    const std::string& text = call->part("port");
    unsigned port = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (fault != std::errc() || end != text.data() + text.size())
        return call->refuse_bad("Invalid port");
    json::array ports;
    for (const auto& listener : call->api().facts().listeners) {
        if (listener.port == port)
            return call->respond_json(json::object{{"status", "ok"}, {"port", port}});
        ports.push_back(json::value(listener.port));
    }
    call->respond_json(json::object{{"status", "failed"},
                                    {"reason", "No active listener"},
                                    {"missing", port},
                                    {"ports", std::move(ports)}},
                       unavailable);
}

void check_protocol_listener(const CallRef& call) {
    const auto& listeners = call->api().facts().listeners;
    json::array active;
    for (const auto& listener : listeners)
        active.push_back(json::string(listener.protocol));
    json::array missing;
    std::string_view wanted = call->part("protocols");
    while (!wanted.empty()) {
        const std::size_t end = std::min(wanted.find(','), wanted.size());
        const std::string_view protocol = wanted.substr(0, end);
        wanted.remove_prefix(std::min(end + 1, wanted.size()));
        if (std::ranges::none_of(listeners, [&](const ListenerFact& listener) {
                return listener.protocol == protocol_alias(protocol);
            }))
            missing.push_back(json::string(protocol));
    }
    if (missing.empty())
        return call->respond_json(json::object{{"status", "ok"}, {"protocols", std::move(active)}});
    call->respond_json(json::object{{"status", "failed"},
                                    {"reason", "No active listener"},
                                    {"missing", std::move(missing)},
                                    {"protocols", std::move(active)}},
                       unavailable);
}

void check_quorum_critical(const CallRef& call) {
    call->respond_json(json::object{{"status", "ok"}, {"reason", "single node cluster"}});
}

void check_aliveness(const CallRef& call) {
    if (call->api().topology().find_vhost(call->part("vhost")) == nullptr)
        return call->refuse_not_found();
    if (!call->api().access().allow_vhost(call->user(), call->part("vhost")))
        return call->refuse_not_authorised("Access refused.");
    respond_ok(call);
}

void check_node(const CallRef& call) {
    if (call->resource_has("node") && call->part("node") != call->api().facts().node_name)
        return call->refuse_not_found();
    const auto alarms = alarms_json(call->api());
    if (alarms.empty()) return respond_ok(call);
    call->respond_json(
        json::object{{"status", "failed"}, {"reason", "resource alarm(s) in effect"}}, unavailable);
}

}  // namespace warren::http::routes
