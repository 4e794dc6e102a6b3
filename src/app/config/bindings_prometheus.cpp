// Keys of the group "Prometheus".
#include "app/config/assign.h"
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

template <auto Member>
void add_tls_key(std::vector<Binding>& list, const std::string& key) {
    list.push_back({"prometheus.ssl." + key, [](const Application& a) {
                        assign(a.config.prometheus.tls.*Member, a.value);
                    }});
}

void add_tls(std::vector<Binding>& list) {
    add_tls_key<&TlsOptions::cacertfile>(list, "cacertfile");
    add_tls_key<&TlsOptions::certfile>(list, "certfile");
    add_tls_key<&TlsOptions::keyfile>(list, "keyfile");
    add_tls_key<&TlsOptions::password>(list, "password");
    add_tls_key<&TlsOptions::depth>(list, "depth");
    add_tls_key<&TlsOptions::fail_if_no_peer_cert>(list, "fail_if_no_peer_cert");
    add_tls_key<&TlsOptions::honor_cipher_order>(list, "honor_cipher_order");
    add_tls_key<&TlsOptions::client_renegotiation>(list, "client_renegotiation");
    add_tls_key<&TlsOptions::reuse_sessions>(list, "reuse_sessions");
    list.push_back({"prometheus.ssl.verify", [](const Application& a) {
                        a.config.prometheus.tls.verify_peer = a.text() == "verify_peer";
                    }});
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
