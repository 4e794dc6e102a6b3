#include "cli/listeners.h"

#include <fmt/format.h>

#include "cli/table.h"

namespace warren::cli {

namespace {

// Erlang writes IPv6 addresses in brackets.
std::string interface_of(const json::value& address) {
    const std::string text = cell_text(address);
    return text.find(':') == std::string::npos ? text : "[" + text + "]";
}

std::string_view purpose_of(std::string_view protocol) {
    if (protocol == "amqp") return "AMQP 0-9-1";
    if (protocol == "amqp/ssl") return "AMQP 0-9-1 over TLS";
    if (protocol == "clustering") return "inter-node and CLI tool communication";
    if (protocol == "http") return "HTTP API";
    if (protocol == "https") return "HTTP API over TLS (HTTPS)";
    if (protocol == "http/prometheus") return "Prometheus exporter API over HTTP";
    if (protocol == "https/prometheus") return "Prometheus exporter API over TLS (HTTPS)";
    return "unknown";
}

}  // namespace

json::object listener_of(const json::object& told) {
    const json::value* address = told.if_contains("ip_address");
    return {{"node", told.at("node")},
            {"port", told.at("port")},
            {"protocol", told.at("protocol")},
            {"interface",
             json::string(interface_of(address == nullptr ? told.at("interface") : *address))},
            {"purpose", json::string(purpose_of(cell_text(told.at("protocol"))))}};
}

json::array listeners_in(const json::object& overview) {
    json::array list;
    for (const auto& listener : overview.at("listeners").as_array())
        list.push_back(listener_of(listener.as_object()));
    return list;
}

std::string listener_text(const json::object& listener) {
    return fmt::format("Interface: {}, port: {}, protocol: {}, purpose: {}",
                       cell_text(listener.at("interface")), cell_text(listener.at("port")),
                       cell_text(listener.at("protocol")), cell_text(listener.at("purpose")));
}

}  // namespace warren::cli
