#pragma once
// From the configuration's words to net's: listeners, socket options and TLS.
#include <memory>
#include <string>
#include <string_view>

#include "app/config/config.h"
#include "base/result.h"
#include "net/stream_profile.h"

namespace warren::app {

net::TcpOptions tcp_options(const config::TcpOptions& options);

// What the local socket for the command line is called as a listener.
inline constexpr std::string_view control_listener = "control";
// What those for metrics are called.
inline constexpr std::string_view prometheus_listener = "prometheus";
inline constexpr std::string_view prometheus_tls_listener = "prometheus-tls";

// What the one for command lines of other machines is called; as RabbitMQ calls its protocol.
inline constexpr std::string_view link_listener = "clustering";

// What a listener speaks.
struct ListenerKind {
    bool http = false;  // served by the observer
    bool tls = false;
    bool control = false;     // the local socket; it speaks HTTP
    bool prometheus = false;  // metrics by HTTP
    bool link = false;        // for command lines; it speaks HTTP inside of links

    // As ports are named: "amqps".
    std::string_view port_name() const;
    // As RabbitMQ names protocols: "amqp/ssl".
    std::string_view protocol() const;
};

// Of a listener with TLS.
const config::TlsOptions& tls_options(const config::Config& config, const ListenerKind& kind);

// With TLS the certificate files are read; the error names file and reason.
Result<std::shared_ptr<const net::StreamProfile>, std::string> stream_profile(
    const config::Config& config, const ListenerKind& kind);

}  // namespace warren::app
