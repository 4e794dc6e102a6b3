#include "app/http_settings.h"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "app/config/enabled_plugins.h"
#include "app/memory_limits.h"
#include "app/shard_unit.h"
#include "app/version.h"
#include "app/vhost_defaults.h"
#include "base/clock.h"
#include "storage/file_io.h"

namespace warren::app {

namespace {

std::uint64_t entries_in(const char* folder) {
    std::error_code error;
    std::uint64_t count = 0;
    for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
         at.increment(error))
        ++count;
    return count;
}

// The word behind the name in brackets says what a thread is doing: "R" is running, or ready to.
bool is_running(const std::filesystem::path& task) {
    std::ifstream file(task / "stat");
    std::string line;
    std::getline(file, line);
    const std::size_t name_end = line.rfind(") ");
    return name_end != std::string::npos && line.compare(name_end + 2, 1, "R") == 0;
}

void count_threads(http::NodeGauges& gauges) {
    std::error_code error;
    std::uint64_t running = 0;
    for (std::filesystem::directory_iterator at("/proc/self/task", error), end; !error && at != end;
         at.increment(error)) {
        ++gauges.threads;
        running += is_running(at->path()) ? 1 : 0;
    }
    // This one is.
    gauges.threads_running = running - std::min<std::uint64_t>(running, 1);
    rlimit limit{};
    if (getrlimit(RLIMIT_NPROC, &limit) == 0) gauges.threads_max = limit.rlim_cur;
    std::uint64_t of_system = 0;
    std::ifstream("/proc/sys/kernel/threads-max") >> of_system;
    if (of_system != 0) gauges.threads_max = std::min(gauges.threads_max, of_system);
}

}  // namespace

namespace {

bool is_enabled(const config::Config& config, std::string_view plugin) {
    const auto running = config::with_dependencies(config.enabled_plugins);
    return std::ranges::find(running, plugin) != running.end();
}

std::vector<HttpListener> management_listeners(const config::Config& config) {
    constexpr std::uint16_t usual_port = 15672;
    const config::Management& management = config.management;
    std::vector<HttpListener> list;
    if (management.tcp_port)
        list.push_back({{management.tcp_host, *management.tcp_port}, false, false});
    if (management.tls_port)
        list.push_back({{management.tls_host, *management.tls_port}, true, false});
    if (management.legacy_port)
        list.push_back(
            {{management.legacy_host, *management.legacy_port}, management.legacy_is_tls, false});
    if (list.empty() && is_enabled(config, "rabbitmq_management"))
        list.push_back({{management.tcp_host, usual_port}, false, false});
    return list;
}

std::vector<HttpListener> prometheus_listeners(const config::Config& config) {
    constexpr std::uint16_t usual_port = 15692;
    const config::Prometheus& prometheus = config.prometheus;
    std::vector<HttpListener> list;
    if (prometheus.tcp_port)
        list.push_back({{prometheus.tcp_host, *prometheus.tcp_port}, false, true});
    if (prometheus.tls_port)
        list.push_back({{prometheus.tls_host, *prometheus.tls_port}, true, true});
    if (list.empty() && is_enabled(config, "rabbitmq_prometheus"))
        list.push_back({{prometheus.tcp_host, usual_port}, false, true});
    return list;
}

}  // namespace

std::vector<HttpListener> http_listeners(const config::Config& config) {
    auto list = management_listeners(config);
    for (auto& listener : prometheus_listeners(config))
        list.push_back(std::move(listener));
    return list;
}

bool collects_statistics(const config::Config& config) {
    const config::Management& management = config.management;
    return management.collects_stats && !management.disables_stats &&
           management.rates_mode != "none" && !management_listeners(config).empty();
}

namespace {

http::MetricsSettings metrics_settings(const config::Prometheus& prometheus) {
    http::MetricsSettings settings;
    settings.connections.request_ms_max = prometheus.request_timeout_ms;
    settings.connections.idle_ms_max = prometheus.idle_timeout_ms;
    settings.connections.stuck_ms_max = prometheus.inactivity_timeout_ms;
    settings.path = prometheus.path;
    settings.per_object = prometheus.per_object;
    settings.needs_login = prometheus.needs_login;
    settings.compresses = prometheus.compresses;
    settings.samples_max = prometheus.samples_max;
    settings.hidden_queues = prometheus.hidden_queues;
    return settings;
}

}  // namespace

http::statistics::RetentionPolicies retention_policies(const config::Management& management) {
    http::statistics::RetentionPolicies policies;
    const auto apply = [&](const char* section, http::statistics::Retention& retention) {
        if (const auto found = management.retention.find(section);
            found != management.retention.end())
            retention = http::statistics::retention_of(found->second);
    };
    apply("global", policies.global);
    apply("basic", policies.basic);
    apply("detailed", policies.detailed);
    return policies;
}

namespace {

// "rabbit/" means "/rabbit".
std::string with_slash_before(std::string prefix) {
    while (prefix.ends_with('/'))
        prefix.pop_back();
    if (!prefix.empty() && !prefix.starts_with('/')) prefix.insert(prefix.begin(), '/');
    return prefix;
}

}  // namespace

http::ApiSettings api_settings(const config::Config& config) {
    const config::Management& management = config.management;
    http::ApiSettings settings;
    settings.connections.body_bytes_max = management.body_bytes_max;
    settings.connections.request_ms_max = management.request_timeout_ms;
    settings.connections.idle_ms_max = management.idle_timeout_ms;
    settings.connections.stuck_ms_max = management.inactivity_timeout_ms;
    settings.path_prefix = with_slash_before(management.path_prefix);
    settings.content_security_policy = management.content_security_policy;
    settings.extra_headers.assign(management.headers.begin(), management.headers.end());
    settings.cors_origins = management.cors_origins;
    settings.cors_max_age_s = management.cors_max_age_s;
    settings.hides_allow_header = management.hides_allow_header;
    settings.basic_auth = !management.disables_basic_auth;
    settings.statistics = !management.disables_stats;
    settings.queue_totals = management.shows_queue_totals;
    settings.rates_mode = management.rates_mode;
    settings.retention = retention_policies(management);
    settings.metrics = metrics_settings(config.prometheus);
    return settings;
}

http::NodeFacts node_facts(const config::Config& config) {
    http::NodeFacts facts;
    facts.node_name = config.node_name;
    facts.cluster_name = config.cluster_name.empty() ? config.node_name : config.cluster_name;
    facts.compatible_version = compatible_version;
    facts.product_name = "WarrenMQ";
    facts.product_version = version;
    facts.data_folder = config.data_dir;
    facts.config_files = config.config_files;
    facts.settings = config.settings;
    facts.enabled_plugins_file = config.enabled_plugins_file;
    facts.enabled_plugins = config.enabled_plugins;
    facts.running_plugins = config::with_dependencies(config.enabled_plugins);
    facts.log_files = logging::log_destinations(config.log);
    facts.connections_max = config.limits.connections_max.value_or(0);
    facts.auth_mechanisms = config.auth.mechanisms;
    facts.default_queue_type = config.default_queue_type;
    facts.password_hashing = hashing_of(config.auth.password_hashing);
    facts.consumer_timeout_ms = config.limits.consumer_timeout_ms;
    facts.processors = std::max(1u, std::thread::hardware_concurrency());
    facts.started = read_clocks().wall;
    return facts;
}

http::NodeGauges node_gauges(const config::Config& config) {
    http::NodeGauges gauges;
    gauges.memory_used_bytes = used_memory_bytes();
    gauges.code_bytes = program_memory_bytes();
    if (const auto free = storage::system_files().free_bytes(config.data_dir))
        gauges.disk_free_bytes = *free;
    gauges.descriptors = entries_in("/proc/self/fd");
    count_threads(gauges);
    gauges.reads = disk_work(DiskWork::read);
    gauges.writes = disk_work(DiskWork::write);
    gauges.syncs = disk_work(DiskWork::sync);
    rlimit limit{};
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        gauges.context_switches = static_cast<std::uint64_t>(usage.ru_nvcsw + usage.ru_nivcsw);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) gauges.descriptors_max = limit.rlim_cur;
    return gauges;
}

}  // namespace warren::app
