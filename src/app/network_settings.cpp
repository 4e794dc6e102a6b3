#include "app/network_settings.h"

#include "app/link_session.h"
#include "net/tls_context.h"
#include "net/tls_settings.h"

namespace warren::app {

namespace {

net::TlsVersion version_of(config::TlsVersion version) {
    switch (version) {
        case config::TlsVersion::tls1_0:
            return net::TlsVersion::tls1_0;
        case config::TlsVersion::tls1_1:
            return net::TlsVersion::tls1_1;
        case config::TlsVersion::tls1_2:
            return net::TlsVersion::tls1_2;
        case config::TlsVersion::tls1_3:
            return net::TlsVersion::tls1_3;
    }
    return net::TlsVersion::tls1_3;
}

net::TlsSettings tls_settings(const config::TlsOptions& options) {
    net::TlsSettings settings;
    settings.certificate_file = options.certfile;
    settings.key_file = options.keyfile;
    settings.key_password = options.password;
    settings.ca_file = options.cacertfile;
    settings.verify_peer = options.verify_peer;
    settings.fail_if_no_peer_certificate = options.fail_if_no_peer_cert;
    settings.depth = options.depth;
    settings.versions.clear();
    for (const auto version : options.versions)
        settings.versions.push_back(version_of(version));
    settings.ciphers = options.ciphers;
    settings.honor_cipher_order = options.honor_cipher_order;
    settings.client_renegotiation = options.client_renegotiation;
    settings.reuse_sessions = options.reuse_sessions;
    return settings;
}

}  // namespace

const config::TlsOptions& tls_options(const config::Config& config, const ListenerKind& kind) {
    if (kind.link) return config.distribution.tls;
    if (kind.prometheus) return config.prometheus.tls;
    return kind.http ? config.management.tls : config.tls;
}

net::TcpOptions tcp_options(const config::TcpOptions& options) {
    net::TcpOptions result;
    result.backlog = options.backlog;
    result.nodelay = options.nodelay;
    result.keepalive = options.keepalive;
    result.receive_buffer_bytes = options.recbuf_bytes;
    result.send_buffer_bytes = options.sndbuf_bytes;
    result.reset_on_cut = options.linger_on && options.linger_timeout_s == 0;
    return result;
}

std::string_view ListenerKind::port_name() const {
    if (control) return control_listener;
    if (link) return link_listener;
    if (prometheus) return tls ? prometheus_tls_listener : prometheus_listener;
    if (http) return tls ? "https" : "http";
    return tls ? "amqps" : "amqp";
}

std::string_view ListenerKind::protocol() const {
    if (link) return link_listener;
    if (prometheus) return tls ? "https/prometheus" : "http/prometheus";
    if (http) return tls ? "https" : "http";
    return tls ? "amqp/ssl" : "amqp";
}

Result<std::shared_ptr<const net::StreamProfile>, std::string> stream_profile(
    const config::Config& config, const ListenerKind& kind) {
    auto profile = std::make_shared<net::StreamProfile>();
    profile->listener = kind.port_name();
    profile->only_for_owner = kind.control;
    profile->tls_handshake_ms_max = config.listeners.tls_handshake_timeout_ms;
    if (kind.link) profile->strangers_max = link_strangers_max;
    profile->expects_proxy_header = config.listeners.proxy_protocol && !kind.http;
    if (config.listeners.handshake_timeout_ms)
        profile->proxy_header_ms_max = *config.listeners.handshake_timeout_ms;
    if (kind.tls) {
        auto context = net::TlsContext::for_server(tls_settings(tls_options(config, kind)));
        if (!context) return fail(std::move(context.error()));
        profile->tls = std::move(*context);
    }
    return profile;
}

}  // namespace warren::app
