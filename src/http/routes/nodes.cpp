// /api/nodes and /api/auth/attempts.
#include <unistd.h>

#include "http/json_support.h"
#include "http/listing.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

void add_gauge(json::object& object, std::string_view name, std::uint64_t value) {
    object[name] = value;
    object[std::string(name) + "_details"] = json::object{{"rate", 0.0}};
}

json::array auth_mechanisms_json(const NodeFacts& facts) {
    json::array list;
    for (const auto& name : facts.auth_mechanisms)
        list.push_back(json::object{{"name", name},
                                    {"description", "SASL " + name + " authentication mechanism"},
                                    {"enabled", true}});
    return list;
}

void add_gauges(const Api& api, json::object& object) {
    const NodeGauges gauges = api.gauges();
    object["mem_limit"] = gauges.memory_limit_bytes;
    object["mem_alarm"] = api.alarms().memory;
    object["disk_free_limit"] = gauges.disk_limit_bytes;
    object["disk_free_alarm"] = api.alarms().disk;
    object["fd_total"] = gauges.descriptors_max;
    object["sockets_total"] = 0;
    object["proc_total"] = gauges.threads;
    add_gauge(object, "mem_used", gauges.memory_used_bytes);
    add_gauge(object, "fd_used", gauges.descriptors);
    add_gauge(object, "sockets_used", gauges.connections);
    add_gauge(object, "proc_used", gauges.threads);
    add_gauge(object, "disk_free", gauges.disk_free_bytes);
}

json::object node_json(const Api& api) {
    const NodeFacts& facts = api.facts();
    json::object object{
        {"name", facts.node_name},
        {"type", "disc"},
        {"running", true},
        {"being_drained", !api.in_service()},
        {"partitions", json::array()},
        {"os_pid", std::to_string(::getpid())},
        {"rates_mode", api.settings().rates_mode},
        {"uptime", api.now().wall.ms - facts.started.ms},
        {"run_queue", 0},
        {"processors", facts.processors},
        {"exchange_types", exchange_types_json()},
        {"auth_mechanisms", auth_mechanisms_json(facts)},
        {"applications",
         json::array{json::object{{"name", "rabbit"},
                                  {"description", facts.product_name},
                                  {"version", facts.compatible_version}},
                     json::object{{"name", "rabbitmq_management"},
                                  {"description", facts.product_name + " Management"},
                                  {"version", facts.compatible_version}}}},
        {"contexts", contexts_json(api)},
        {"log_files", to_json(facts.log_files)},
        {"db_dir", facts.data_folder},
        {"config_files", to_json(facts.config_files)},
        {"net_ticktime", 60},
        {"enabled_plugins", to_json(facts.running_plugins)},
        {"mem_calculation_strategy", "rss"},
        {"ra_open_file_metrics", json::object()},
        {"rabbitmq_version", facts.compatible_version},
        {"erlang_version", ""},
        {"erlang_full_version", ""},
        {"crypto_lib_version", crypto_library_version()},
        {"cluster_links", json::array()},
        {"metrics_gc_queue_length", json::object()}};
    add_gauges(api, object);
    return object;
}

// Whether the path names this node; else the call has been refused.
bool is_this_node(const CallRef& call) {
    if (call->part("node") == call->api().facts().node_name) return true;
    call->refuse_not_found();
    return false;
}

}  // namespace

void list_nodes(const CallRef& call) {
    respond_list(call, json::array{node_json(call->api())}, {"name"});
}

void get_node(const CallRef& call) {
    if (is_this_node(call)) respond_object(call, node_json(call->api()));
}

void list_auth_attempts(const CallRef& call) {
    if (!is_this_node(call)) return;
    const AuthAttempts& attempts = call->api().auth_attempts();
    call->respond_json(
        json::array{json::object{{"protocol", "http"},
                                 {"auth_attempts", attempts.succeeded + attempts.failed},
                                 {"auth_attempts_failed", attempts.failed},
                                 {"auth_attempts_succeeded", attempts.succeeded}}});
}

void reset_auth_attempts(const CallRef& call) {
    if (!is_this_node(call)) return;
    call->api().auth_attempts() = {};
    call->respond_status(204);
}

}  // namespace warren::http::routes
