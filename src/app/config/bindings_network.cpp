// Keys of the groups "Listeners and TCP" and "TLS", and those of the port for command lines.
#include "app/config/assign.h"
#include "app/config/bindings_tls.h"

namespace warren::config {

namespace {

// A port alone listens on every address, as RabbitMQ does.
Address with_host(const Value& value) {
    Address address = std::get<Address>(value);
    if (address.host.empty()) address.host = "::";
    return address;
}

void add_listener_bindings(std::vector<Binding>& list) {
    list.push_back(
        {"listeners.tcp", [](const Application& a) { a.draft.no_tcp_listeners = true; }});
    list.push_back(
        {"listeners.ssl", [](const Application& a) { a.draft.no_tls_listeners = true; }});
    list.push_back({"listeners.tcp.$name", [](const Application& a) {
                        a.draft.tcp_listeners[a.setting.segments[2]] = with_host(a.value);
                    }});
    list.push_back({"listeners.ssl.$name", [](const Application& a) {
                        a.draft.tls_listeners[a.setting.segments[2]] = with_host(a.value);
                    }});
    constexpr auto listeners = &Config::listeners;
    list.push_back(field<listeners, &Listeners::handshake_timeout_ms>("handshake_timeout"));
    list.push_back(field<listeners, &Listeners::tls_handshake_timeout_ms>("ssl_handshake_timeout"));
    list.push_back(field<listeners, &Listeners::proxy_protocol>("proxy_protocol"));
    list.push_back(field<listeners, &Listeners::reverse_dns_lookups>("reverse_dns_lookups"));
}

void add_tcp_bindings(std::vector<Binding>& list) {
    constexpr auto tcp = &Config::tcp;
    list.push_back(
        {"tcp_listen_options", [](const Application& a) { a.draft.no_tcp_options = true; }});
    list.push_back(field<tcp, &TcpOptions::backlog>("tcp_listen_options.backlog"));
    list.push_back(field<tcp, &TcpOptions::nodelay>("tcp_listen_options.nodelay"));
    list.push_back(field<tcp, &TcpOptions::keepalive>("tcp_listen_options.keepalive"));
    list.push_back(field<tcp, &TcpOptions::recbuf_bytes>("tcp_listen_options.recbuf"));
    list.push_back(field<tcp, &TcpOptions::sndbuf_bytes>("tcp_listen_options.sndbuf"));
    list.push_back(field<tcp, &TcpOptions::linger_on>("tcp_listen_options.linger.on"));
    list.push_back(field<tcp, &TcpOptions::linger_timeout_s>("tcp_listen_options.linger.timeout"));
}

void add_tls_bindings(std::vector<Binding>& list) {
    list.push_back({"ssl_options", [](const Application& a) { a.draft.no_tls_options = true; }});
    const TlsOf tls = [](Config& config) -> TlsOptions& { return config.tls; };
    add_tls_identity_bindings(list, "ssl_options.", tls);
    add_tls_session_bindings(list, "ssl_options.", tls);
    list.push_back({"ssl_options.versions.$version", [](const Application& a) {
                        a.draft.tls_versions[a.setting.segments[2]] = a.text();
                    }});
    list.push_back({"ssl_options.ciphers.$cipher", [](const Application& a) {
                        a.draft.tls_ciphers[a.setting.segments[2]] = a.text();
                    }});
}

void add_distribution_bindings(std::vector<Binding>& list) {
    constexpr auto distribution = &Config::distribution;
    list.push_back({"distribution.listener",
                    [](const Application& a) { a.config.distribution.listens = false; }});
    list.push_back(field<distribution, &Distribution::host>("distribution.listener.interface"));
    list.push_back(
        field<distribution, &Distribution::port_min>("distribution.listener.port_range.min"));
    list.push_back(
        field<distribution, &Distribution::port_max>("distribution.listener.port_range.max"));
    add_tls_identity_bindings(list, "distribution.ssl_options.", [](Config& config) -> TlsOptions& {
        return config.distribution.tls;
    });
}

}  // namespace

void add_network_bindings(std::vector<Binding>& list) {
    add_listener_bindings(list);
    add_tcp_bindings(list);
    add_tls_bindings(list);
    add_distribution_bindings(list);
}

}  // namespace warren::config
