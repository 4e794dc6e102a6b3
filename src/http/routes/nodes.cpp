// /api/nodes.
#include <unistd.h>

#include "http/json_support.h"
#include "http/listing.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"
#include "http/statistics/rates.h"
#include "http/statistics/rows.h"
#include "http/statistics/traffic_sums.h"

namespace warren::http::routes {

namespace {

json::array auth_mechanisms_json(const NodeFacts& facts) {
    json::array list;
    for (const auto& name : facts.auth_mechanisms)
        list.push_back(json::object{{"name", name},
                                    {"description", "SASL " + name + " authentication mechanism"},
                                    {"enabled", true}});
    return list;
}

void add_limits(const Api& api, const NodeGauges& gauges, json::object& object) {
    object["mem_limit"] = gauges.memory_limit_bytes;
    object["mem_alarm"] = api.alarms().memory;
    object["disk_free_limit"] = gauges.disk_limit_bytes;
    object["disk_free_alarm"] = api.alarms().disk;
    object["fd_total"] = gauges.descriptors_max;
    // Each descriptor may be a socket.
    object["sockets_total"] = gauges.descriptors_max;
    object["proc_total"] = gauges.threads_max;
    object["run_queue"] = gauges.threads_running;
}

// Numbers that change, each with its rate. What is counted in RabbitMQ, and is not there at all
// here, stays 0.
void add_gauges(const NodeGauges& gauges, const statistics::Rates& rates, json::object& object) {
    using namespace statistics::node;
    rates.add(object, "mem_used", {mem_used});
    rates.add(object, "fd_used", {fd_used});
    rates.add(object, "sockets_used", {sockets_used});
    rates.add(object, "proc_used", {proc_used});
    rates.add(object, "disk_free", {disk_free});
    rates.add(object, "context_switches", {context_switches});
    rates.add(object, "io_read_count", {io_read_count});
    rates.add(object, "io_read_bytes", {io_read_bytes});
    rates.add(object, "io_write_count", {io_write_count});
    rates.add(object, "io_write_bytes", {io_write_bytes});
    rates.add(object, "io_sync_count", {io_sync_count});
    for (const std::string_view name :
         {"gc_num", "gc_bytes_reclaimed", "io_seek_count", "io_reopen_count", "mnesia_ram_tx_count",
          "mnesia_disk_tx_count", "msg_store_read_count", "msg_store_write_count",
          "queue_index_write_count", "queue_index_read_count"})
        rates.add(object, name, {});
    const std::pair<std::string_view, double> averages[] = {
        {"io_read_avg_time", gauges.reads.average_ms()},
        {"io_write_avg_time", gauges.writes.average_ms()},
        {"io_sync_avg_time", gauges.syncs.average_ms()},
        {"io_seek_avg_time", 0.0}};
    for (const auto& [name, average] : averages) {
        rates.add(object, name, {});
        object[name] = average;
    }
}

void add_statistics(const Call& call, const std::vector<ShardTotals>& totals,
                    json::object& object) {
    const Api& api = call.api();
    const session::SessionTraffic traffic = statistics::sum_of_traffic(totals);
    NodeGauges gauges = api.gauges();
    gauges.connections += traffic.connections_open();
    add_limits(api, gauges, object);
    const statistics::Sampler& sampler = api.sampler();
    const statistics::Ages ages = statistics::ages_of(call, "node_stats");
    add_gauges(gauges, {sampler, &sampler.of_node(), statistics::node_row(gauges), ages}, object);
    const auto churn = statistics::churn_rates(
        {sampler, &sampler.of_churn(),
         statistics::churn_row(traffic, statistics::sum_of_queue_counts(totals)), ages});
    object.insert(churn.begin(), churn.end());
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
    return object;
}

void describe(const CallRef& call, std::move_only_function<void(json::object)> then) {
    call->api().sampler().note_asked();
    call->api().reports().survey_totals(
        [call, then = std::move(then)](const std::vector<ShardTotals>& totals) mutable {
            auto node = node_json(call->api());
            add_statistics(*call, totals, node);
            then(std::move(node));
        });
}

}  // namespace

void list_nodes(const CallRef& call) {
    describe(call, [call](json::object node) {
        respond_list(call, json::array{std::move(node)}, {"name"});
    });
}

void get_node(const CallRef& call) {
    if (!is_this_node(call)) return;
    describe(call, [call](json::object node) { respond_object(call, std::move(node)); });
}

// Bodies that were published since the start, in RabbitMQ's classes; the last one has no bound.
void get_message_sizes(const CallRef& call) {
    call->api().reports().survey_totals([call](const std::vector<ShardTotals>& totals) {
        using session::MessageSizes;
        const MessageSizes sizes = statistics::sum_of_traffic(totals).sizes;
        json::array list;
        for (std::size_t index = 0; index < sizes.counts.size(); ++index) {
            json::object shown{{"count", sizes.counts[index]}};
            if (index < MessageSizes::bounds.size()) shown["up_to"] = MessageSizes::bounds[index];
            list.push_back(std::move(shown));
        }
        call->respond_json(list);
    });
}

}  // namespace warren::http::routes
