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
    {{"erlang_processes_limit", Kind::gauge, "Threads: their number does not change"},
     [](const Snapshot& s) { return s.gauges.threads; }},
    {{"erlang_scheduler_run_queue", Kind::gauge, "Always 0: a shard has no queue of its own"},
     [](const Snapshot&) { return std::uint64_t{0}; }},
    {{"erlang_net_ticktime_seconds", Kind::gauge, "Silence after which a node counts as gone"},
     [](const Snapshot&) { return std::uint64_t{60}; }}};

constexpr Metric uptime{"erlang_uptime_seconds", Kind::gauge, "Time since the node started"};

constexpr NodeMetric persister[] = {
    {{"io_write_ops_total", Kind::counter, "Writes to the write-ahead logs"},
     [](const Snapshot& s) { return s.io.writes; }},
    {{"io_write_bytes_total", Kind::counter, "Bytes written to the write-ahead logs"},
     [](const Snapshot& s) { return s.io.written_bytes; }},
    {{"io_sync_ops_total", Kind::counter, "Syncs of the write-ahead logs"},
     [](const Snapshot& s) { return s.io.syncs; }}};

constexpr Metric attempts{"auth_attempts_total", Kind::counter, "Logins tried"};
constexpr Metric attempts_succeeded{"auth_attempts_succeeded_total", Kind::counter,
                                    "Logins that succeeded"};
constexpr Metric attempts_failed{"auth_attempts_failed_total", Kind::counter, "Logins that failed"};

constexpr Metric build_info{"build_info", Kind::untyped, "Versions of the server"};
constexpr Metric identity_info{"identity_info", Kind::untyped, "Names of the node and its cluster"};

constexpr Metric disk_alarm{"alarms_free_disk_space_watermark", Kind::untyped,
                            "1 while there is too little free space"};
constexpr Metric memory_alarm{"alarms_memory_used_watermark", Kind::untyped,
                              "1 while too much memory is in use"};
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
}

void add_auth_attempt_metrics(Exposition& exposition, Api& api) {
    const AuthAttempts& seen = api.auth_attempts();
    const std::string http = label("protocol", "http");
    add_text(exposition, attempts, http, seen.succeeded + seen.failed);
    add_text(exposition, attempts_succeeded, http, seen.succeeded);
    add_text(exposition, attempts_failed, http, seen.failed);
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
    names = joined(names, label("rabbitmq_cluster", facts.cluster_name));
    // One that stays with the cluster: it is the cluster's name as long as nodes stand alone.
    names = joined(names, label("rabbitmq_cluster_permanent_id", facts.cluster_name));
    names = joined(names, label("rabbitmq_endpoint", endpoint));
    add_text(exposition, identity_info, std::move(names), 1);
}

void add_alarms(Exposition& exposition, const Api& api) {
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
