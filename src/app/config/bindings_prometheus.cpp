// Keys of the group "Prometheus".
#include "app/config/assign.h"
#include "app/config/bindings_tls.h"
#include "base/pattern.h"

namespace warren::config {

namespace {

constexpr auto prometheus = &Config::prometheus;

void add_listeners(std::vector<Binding>& list) {
    list.push_back(field<prometheus, &Prometheus::tcp_port>("prometheus.tcp.port"));
    list.push_back(field<prometheus, &Prometheus::tcp_host>("prometheus.tcp.ip"));
    list.push_back(field<prometheus, &Prometheus::tls_port>("prometheus.ssl.port"));
    list.push_back(field<prometheus, &Prometheus::tls_host>("prometheus.ssl.ip"));
    list.push_back({"prometheus.tcp.listener", [](const Application& a) {
                        Prometheus& settings = a.config.prometheus;
                        if (std::holds_alternative<std::string>(a.value))
                            return settings.tcp_port.reset();
                        const Address& address = std::get<Address>(a.value);
                        settings.tcp_port = address.port;
                        if (!address.host.empty()) settings.tcp_host = address.host;
                    }});
}

void add_tls(std::vector<Binding>& list) {
    const TlsOf tls = [](Config& config) -> TlsOptions& { return config.prometheus.tls; };
    add_tls_identity_bindings(list, "prometheus.ssl.", tls);
    add_tls_session_bindings(list, "prometheus.ssl.", tls);
    list.push_back({"prometheus.ssl.versions.$version", [](const Application& a) {
                        a.draft.prometheus_tls_versions[a.setting.segments.back()] = a.text();
                    }});
    list.push_back({"prometheus.ssl.ciphers.$cipher", [](const Application& a) {
                        a.draft.prometheus_tls_ciphers[a.setting.segments.back()] = a.text();
                    }});
}

void add_connections(std::vector<Binding>& list) {
    for (const std::string group : {"prometheus.tcp.", "prometheus.ssl."}) {
        list.push_back({group + "idle_timeout", [](const Application& a) {
                            assign(a.config.prometheus.idle_timeout_ms, a.value);
                        }});
        list.push_back({group + "request_timeout", [](const Application& a) {
                            assign(a.config.prometheus.request_timeout_ms, a.value);
                        }});
        list.push_back({group + "inactivity_timeout", [](const Application& a) {
                            assign(a.config.prometheus.inactivity_timeout_ms, a.value);
                        }});
        list.push_back({group + "compress", [](const Application& a) {
                            assign(a.config.prometheus.compresses, a.value);
                        }});
    }
}

}  // namespace

void add_prometheus_bindings(std::vector<Binding>& list) {
    add_listeners(list);
    add_tls(list);
    add_connections(list);
    list.push_back(field<prometheus, &Prometheus::path>("prometheus.path"));
    list.push_back(
        field<prometheus, &Prometheus::per_object>("prometheus.return_per_object_metrics"));
    list.push_back(
        field<prometheus, &Prometheus::needs_login>("prometheus.authentication.enabled"));
    list.push_back(field<prometheus, &Prometheus::samples_max>("prometheus.max_samples"));
    for (const char* group : {"prometheus", "management_agent"})
        list.push_back({std::string(group) + ".filter_aggregated_queue_metrics_pattern",
                        [](const Application& a) {
                            if (const auto pattern = Pattern::compile(a.text()); !pattern)
                                a.refuse("not a pattern: " + pattern.error().text);
                            a.config.prometheus.hidden_queues = a.text();
                        }});
}

}  // namespace warren::config
