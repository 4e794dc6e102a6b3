#include "http/metrics/node_metrics.h"

#include <iterator>

#include "http/statistics/memory_parts.h"

namespace warren::http::metrics {

namespace {

constexpr double ms_per_s = 1000.0;

struct NodeMetric {
    Metric metric;
    std::uint64_t (*of)(const Snapshot&);
};

constexpr NodeMetric coarse[] = {
    {{"process_open_fds", Kind::gauge, "Open file descriptors"},
     [](const Snapshot& s) { return s.gauges.descriptors; }},
    {{"process_open_tcp_sockets", Kind::gauge, "Open TCP connections"},
     [](const Snapshot& s) { return s.gauges.connections; }},
    {{"process_resident_memory_bytes", Kind::gauge, "Memory in use"},
     [](const Snapshot& s) { return s.gauges.memory_used_bytes; }},
    {{"disk_space_available_bytes", Kind::gauge, "Free space where the data lies"},
     [](const Snapshot& s) { return s.gauges.disk_free_bytes; }},
    {{"erlang_processes_used", Kind::gauge, "Threads: there are no Erlang processes here"},
     [](const Snapshot& s) { return s.gauges.threads; }},
    {{"erlang_gc_runs_total", Kind::counter, "Always 0: nothing is collected here"},
     [](const Snapshot&) { return std::uint64_t{0}; }},
    {{"erlang_gc_reclaimed_bytes_total", Kind::counter, "Always 0: nothing is collected here"},
     [](const Snapshot&) { return std::uint64_t{0}; }},
    {{"erlang_scheduler_context_switches_total", Kind::counter,
      "Context switches of the process, as the kernel counts them"},
     [](const Snapshot& s) { return s.gauges.context_switches; }}};

constexpr NodeMetric limits[] = {
    {{"process_max_fds", Kind::gauge, "Limit of open file descriptors"},
     [](const Snapshot& s) { return s.gauges.descriptors_max; }},
    {{"process_max_tcp_sockets", Kind::gauge, "Limit of open TCP connections"},
     [](const Snapshot& s) { return s.gauges.descriptors_max; }},
    {{"resident_memory_limit_bytes", Kind::gauge, "Memory in use that sets off the alarm"},
     [](const Snapshot& s) { return s.gauges.memory_limit_bytes; }},
    {{"disk_space_available_limit_bytes", Kind::gauge, "Free space that sets off the alarm"},
     [](const Snapshot& s) { return s.gauges.disk_limit_bytes; }},
    {{"erlang_processes_limit", Kind::gauge, "Threads that the system allows"},
     [](const Snapshot& s) { return s.gauges.threads_max; }},
    {{"erlang_scheduler_run_queue", Kind::gauge,
      "Threads that run or could, but for the one that counts"},
     [](const Snapshot& s) { return s.gauges.threads_running; }},
    {{"erlang_net_ticktime_seconds", Kind::gauge, "Silence after which a node counts as gone"},
     [](const Snapshot&) { return std::uint64_t{60}; }}};

constexpr Metric uptime{"erlang_uptime_seconds", Kind::gauge, "Time since the node started"};

constexpr NodeMetric persister[] = {
    {{"io_read_ops_total", Kind::counter, "Reads of data files"},
     [](const Snapshot& s) { return s.gauges.reads.times; }},
    {{"io_read_bytes_total", Kind::counter, "Bytes read from data files"},
     [](const Snapshot& s) { return s.gauges.reads.bytes; }},
    {{"io_write_ops_total", Kind::counter, "Writes to data files"},
     [](const Snapshot& s) { return s.gauges.writes.times; }},
    {{"io_write_bytes_total", Kind::counter, "Bytes written to data files"},
     [](const Snapshot& s) { return s.gauges.writes.bytes; }},
    {{"io_sync_ops_total", Kind::counter, "Syncs of data files"},
     [](const Snapshot& s) { return s.gauges.syncs.times; }}};

struct DiskTime {
    Metric metric;
    DiskCount NodeGauges::* of;
};
constexpr DiskTime disk_times[] = {
    {{"io_read_time_seconds_total", Kind::counter, "Time spent reading data files"},
     &NodeGauges::reads},
    {{"io_write_time_seconds_total", Kind::counter, "Time spent writing data files"},
     &NodeGauges::writes},
    {{"io_sync_time_seconds_total", Kind::counter, "Time spent syncing data files"},
     &NodeGauges::syncs}};

constexpr std::string_view no_such_store = "Always 0: there is no such store, as in RabbitMQ 4.3";
constexpr Metric nothing[] = {{"io_seek_ops_total", Kind::counter, no_such_store},
                              {"io_reopen_ops_total", Kind::counter, no_such_store},
                              {"io_seek_time_seconds_total", Kind::counter, no_such_store},
                              {"schema_db_ram_tx_total", Kind::counter, no_such_store},
                              {"schema_db_disk_tx_total", Kind::counter, no_such_store},
                              {"msg_store_read_total", Kind::counter, no_such_store},
                              {"msg_store_write_total", Kind::counter, no_such_store},
                              {"queue_index_read_ops_total", Kind::counter, no_such_store},
                              {"queue_index_write_ops_total", Kind::counter, no_such_store}};

constexpr Metric attempts{"auth_attempts_total", Kind::counter, "Logins tried"};
constexpr Metric attempts_succeeded{"auth_attempts_succeeded_total", Kind::counter,
                                    "Logins that succeeded"};
constexpr Metric attempts_failed{"auth_attempts_failed_total", Kind::counter, "Logins that failed"};

struct LoginMetric {
    Metric metric;
    std::uint64_t (*of)(const auth::LoginCounts&);
};
constexpr LoginMetric logins_by_source[samples_per_login_source] = {
    {{"auth_attempts_detailed_total", Kind::counter, "Logins tried, by their source"},
     [](const auth::LoginCounts& logins) { return logins.all(); }},
    {{"auth_attempts_detailed_succeeded_total", Kind::counter,
      "Logins that succeeded, by their source"},
     [](const auth::LoginCounts& logins) { return logins.succeeded; }},
    {{"auth_attempts_detailed_failed_total", Kind::counter, "Logins that failed, by their source"},
     [](const auth::LoginCounts& logins) { return logins.failed; }}};

constexpr Metric build_info{"build_info", Kind::untyped, "Versions of the server"};
constexpr Metric identity_info{"identity_info", Kind::untyped, "Names of the node and its cluster"};

constexpr Metric disk_alarm{"alarms_free_disk_space_watermark", Kind::untyped,
                            "1 while there is too little free space"};
constexpr Metric memory_alarm{"alarms_memory_used_watermark", Kind::untyped,
                              "1 while too much memory is in use"};
// As in RabbitMQ up to 3.13, which leaves a hundred of them to other things.
constexpr std::uint64_t reserved_descriptors = 100;
constexpr Metric descriptor_alarm{"alarms_file_descriptor_limit", Kind::untyped,
                                  "1 while hardly any file descriptors are left"};
constexpr Metric unreachable{"unreachable_cluster_peers_count", Kind::gauge,
                             "Nodes of the cluster that this one cannot reach"};

struct MemoryMetric {
    Metric metric;
    std::uint64_t statistics::MemoryParts::* part;
};
constexpr MemoryMetric memory[] = {
    {{"memory_classic_queue_erlang_process_bytes", Kind::gauge,
      "Memory of classic queues and of their messages"},
     &statistics::MemoryParts::classic_queues},
    {{"memory_quorum_queue_erlang_process_bytes", Kind::gauge,
      "Memory of quorum queues and of their messages"},
     &statistics::MemoryParts::quorum_queues},
    {{"memory_stream_erlang_process_bytes", Kind::gauge, "Memory of streams"},
     &statistics::MemoryParts::streams},
    {{"memory_management_stats_db_bytes", Kind::gauge, "Memory of the histories of statistics"},
     &statistics::MemoryParts::histories},
    {{"memory_other_system_bytes", Kind::gauge, "All other memory"},
     &statistics::MemoryParts::other}};

void add_text(Exposition& exposition, const Metric& metric, std::string labels,
              std::uint64_t value) {
    exposition.add(metric, 1, [labels = std::move(labels), value](Samples& samples, std::size_t) {
        samples.write(labels, value);
    });
}

}  // namespace

void add_node_coarse_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    for (const NodeMetric& each : coarse)
        exposition.add(each.metric, each.of(*snapshot));
}

void add_node_metrics(Exposition& exposition, const SnapshotRef& snapshot, const Api& api) {
    for (const NodeMetric& each : limits)
        exposition.add(each.metric, each.of(*snapshot));
    exposition.add_real(uptime,
                        static_cast<double>(api.now().wall.ms - api.facts().started.ms) / ms_per_s);
}

void add_node_persister_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    for (const NodeMetric& each : persister)
        exposition.add(each.metric, each.of(*snapshot));
    constexpr double ns_per_s = 1e9;
    for (const DiskTime& each : disk_times)
        exposition.add_real(each.metric,
                            static_cast<double>((snapshot->gauges.*each.of).ns) / ns_per_s);
    for (const Metric& metric : nothing)
        exposition.add(metric, 0);
}

void add_auth_attempt_metrics(Exposition& exposition, const SnapshotRef& snapshot, Api& api) {
    const auth::LoginCounts http = api.auth_attempts().http();
    const auth::LoginCounts amqp = api.auth_attempts().amqp(snapshot->traffic);
    const auto add = [&](const Metric& metric, std::uint64_t of_http, std::uint64_t of_amqp) {
        exposition.add(metric, 1, [of_http, of_amqp](Samples& samples, std::size_t) {
            samples.write(label("protocol", "http"), of_http);
            samples.write(label("protocol", "amqp091"), of_amqp);
        });
    };
    add(attempts, http.all(), amqp.all());
    add(attempts_succeeded, http.succeeded, amqp.succeeded);
    add(attempts_failed, http.failed, amqp.failed);
}

void add_auth_attempt_detailed_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    for (const LoginMetric& each : logins_by_source)
        exposition.add(each.metric, snapshot->logins.size(),
                       [snapshot, of = each.of](Samples& samples, std::size_t row) {
                           const auto& login = snapshot->logins[row];
                           samples.write(login.labels, of(login.value));
                       });
}

void add_identity(Exposition& exposition, const Api& api, std::string_view endpoint) {
    const NodeFacts& facts = api.facts();
    std::string versions = label("rabbitmq_version", facts.compatible_version);
    for (const std::string_view name : {"prometheus_plugin_version", "prometheus_client_version"})
        versions = joined(versions, label(name, facts.compatible_version));
    versions = joined(versions, label("erlang_version", ""));
    versions = joined(versions, label("product_name", facts.product_name));
    versions = joined(versions, label("product_version", facts.product_version));
    add_text(exposition, build_info, std::move(versions), 1);
    std::string names = label("rabbitmq_node", facts.node_name);
    names = joined(names, label("rabbitmq_cluster", api.cluster_name()));
    // One that stays with the cluster: it is the cluster's name as long as nodes stand alone.
    names = joined(names, label("rabbitmq_cluster_permanent_id", facts.cluster_name));
    names = joined(names, label("rabbitmq_endpoint", endpoint));
    add_text(exposition, identity_info, std::move(names), 1);
}

void add_alarms(Exposition& exposition, const SnapshotRef& snapshot, const Api& api) {
    const NodeGauges& gauges = snapshot->gauges;
    const bool few_left = gauges.descriptors_max != 0 &&
                          gauges.descriptors + reserved_descriptors >= gauges.descriptors_max;
    exposition.add(descriptor_alarm, few_left ? 1 : 0);
    exposition.add(disk_alarm, api.alarms().disk ? 1 : 0);
    exposition.add(memory_alarm, api.alarms().memory ? 1 : 0);
    exposition.add(unreachable, 0);
}

void add_memory_breakdown(Exposition& exposition, const SnapshotRef& snapshot) {
    const auto parts =
        statistics::memory_parts(snapshot->sums, snapshot->gauges, snapshot->history_bytes);
    for (const MemoryMetric& each : memory)
        exposition.add(each.metric, parts.*each.part);
}

}  // namespace warren::http::metrics
