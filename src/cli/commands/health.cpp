// Health checks: the exit code is the answer.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/invocation.h"
#include "cli/listeners.h"

namespace warren::cli {

namespace {

Result<json::array, Failure> listeners_of(Invocation& call) {
    const auto overview = call.get("/api/overview");
    if (!overview) return fail(overview.error());
    return listeners_in(overview->as_object());
}

Outcome check_running(Invocation& call) {
    call.say(fmt::format("Checking if RabbitMQ is running on node {} ...", call.node_name()));
    const auto version = call.get("/api/version");
    if (!version) return fail(version.error());
    call.conclude(fmt::format("RabbitMQ on node {} is fully booted and running", call.node_name()));
    return {};
}

Outcome is_running(Invocation& call) {
    call.say(fmt::format("Asking node {} for its status ...", call.node_name()));
    const auto version = call.get("/api/version");
    if (!version) return fail(version.error());
    call.conclude(fmt::format("RabbitMQ on node {} is fully booted and running", call.node_name()),
                  true);
    return {};
}

// True if there is something to worry about.
Outcome report_alarms(Invocation& call, const std::string& path, std::string_view none) {
    const auto reply = call.ask({.path = path});
    if (!reply) return fail(reply.error());
    constexpr unsigned healthy = 200;
    if (reply->status == healthy) {
        call.conclude(fmt::format("Node {} reported {}", call.node_name(), none));
        return {};
    }
    return fail(failure_of(*reply));
}

Outcome check_alarms(Invocation& call) {
    call.say(
        fmt::format("Asking node {} to report any local resource alarms ...", call.node_name()));
    return report_alarms(call, "/api/health/checks/alarms", "no alarms, local or clusterwide");
}

Outcome check_local_alarms(Invocation& call) {
    call.say(
        fmt::format("Asking node {} to report any local resource alarms ...", call.node_name()));
    return report_alarms(call, "/api/health/checks/local-alarms", "no local alarms");
}

Outcome check_virtual_hosts(Invocation& call) {
    call.say(fmt::format("Checking if all vhosts are running on node {} ...", call.node_name()));
    return report_alarms(call, "/api/health/checks/virtual-hosts", "all vhosts as running");
}

// In JSON the failure is what is shown.
Failure missing_listener(Invocation& call, const json::array& listeners, const std::string& wanted,
                         Failure failure) {
    if (!call.show_json(
            json::object{{"listeners", listeners}, {"missing", wanted}, {"result", "error"}}))
        return failure;
    return {.code = failure.code, .text = {}, .bare = true};
}

Outcome check_port_listener(Invocation& call) {
    const std::string& port = call.word(0);
    if (port.find_first_not_of("0123456789") != std::string::npos)
        return fail(bad_argument("Argument must be a positive integer"));
    call.say(fmt::format("Asking node {} if there's an active listener on port {} ...",
                         call.node_name(), port));
    const auto listeners = listeners_of(call);
    if (!listeners) return fail(listeners.error());
    std::string others;
    for (const auto& listener : *listeners) {
        const std::string one = cell_text(listener.at("port"));
        if (one == port) {
            if (!call.show_json_of_node({{"port", port}}))
                call.print_line(fmt::format("A listener for port {} is running on node {}.", port,
                                            call.node_name()));
            return {};
        }
        others += (others.empty() ? "" : ", ") + one;
    }
    return fail(
        missing_listener(call, *listeners, port,
                         {.code = exit_code::unavailable,
                          .text = fmt::format("No listener for port {} is active on node {}. Found "
                                              "listeners that use the following ports: {}",
                                              port, call.node_name(), others),
                          .bare = true}));
}

std::string_view protocol_meant(std::string_view name) {
    if (name == "amqp091" || name == "amqp0.9.1" || name == "amqp10" || name == "amqp1.0")
        return "amqp";
    if (name == "amqps" || name == "amqp/tls" || name == "tls" || name == "ssl") return "amqp/ssl";
    return name;
}

Outcome check_protocol_listener(Invocation& call) {
    const std::string& protocol = call.word(0);
    call.say(fmt::format("Asking node {} if there's an active listener for protocol {} ...",
                         call.node_name(), protocol));
    const auto listeners = listeners_of(call);
    if (!listeners) return fail(listeners.error());
    std::string others;
    for (const auto& listener : *listeners) {
        const std::string one = cell_text(listener.at("protocol"));
        if (one == protocol_meant(protocol)) {
            if (!call.show_json_of_node({{"protocol", protocol}}))
                call.print_line(fmt::format("A listener for protocol {} is running on node {}.",
                                            protocol, call.node_name()));
            return {};
        }
        others += (others.empty() ? "" : ", ") + one;
    }
    return fail(missing_listener(
        call, *listeners, protocol,
        {.code = exit_code::unavailable,
         .text = fmt::format("No listener for protocol {} is active on node {}. Found "
                             "listeners for the following protocols: {}",
                             protocol, call.node_name(), others)}));
}

// An address that stands for all is tried by the loopback.
bool can_connect(std::string address, unsigned port) {
    sockaddr_storage storage{};
    socklen_t bytes = 0;
    if (address == "0.0.0.0") address = "127.0.0.1";
    if (address == "::") address = "::1";
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    if (::inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(static_cast<std::uint16_t>(port));
        bytes = sizeof *v4;
    } else if (::inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(static_cast<std::uint16_t>(port));
        bytes = sizeof *v6;
    }
    const int socket = ::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected =
        socket >= 0 && ::connect(socket, reinterpret_cast<const sockaddr*>(&storage), bytes) == 0;
    if (socket >= 0) ::close(socket);
    // Where there is no IPv6, "::" listens on all IPv4 addresses.
    return connected || (address == "::1" && can_connect("127.0.0.1", port));
}

Outcome check_port_connectivity(Invocation& call) {
    call.say(fmt::format("Testing TCP connections to all active listeners on node {} ...",
                         call.node_name()));
    const auto overview = call.get("/api/overview");
    if (!overview) return fail(overview.error());
    std::string ports;
    for (const auto& listener : overview->at("listeners").as_array()) {
        const std::string address = call.has("address")
                                        ? std::string(call.option("address"))
                                        : std::string(view(listener.at("ip_address").as_string()));
        const auto port = listener.at("port").to_number<unsigned>();
        call.say(fmt::format("Will connect to {}:{}", address, port));
        if (!can_connect(address, port))
            return fail(Failure{
                exit_code::unavailable,
                fmt::format("Connection to port {} of node {} failed", port, call.node_name())});
        ports += fmt::format("{}{}", ports.empty() ? "" : ", ", port);
    }
    if (!call.show_json_of_node({{"listeners", listeners_in(overview->as_object())}}))
        call.print_line(
            fmt::format("Successfully connected to ports {} on node {}", ports, call.node_name()));
    return {};
}

Outcome listeners(Invocation& call) {
    call.say(fmt::format("Asking node {} to report its protocol listeners ...", call.node_name()));
    const auto list = listeners_of(call);
    if (!list) return fail(list.error());
    if (call.show_json_of_node({{"listeners", *list}})) return {};
    for (const auto& listener : *list)
        call.print_line(listener_text(listener.as_object()));
    return {};
}

Outcome check_quorum_critical(Invocation& call) {
    call.say(fmt::format("Checking if node {} is critical for quorum of any queues/streams ...",
                         call.node_name()));
    const auto reply = call.ask({.path = "/api/health/checks/node-is-quorum-critical"});
    if (!reply) return fail(reply.error());
    constexpr unsigned healthy = 200;
    if (reply->status != healthy) return fail(failure_of(*reply));
    call.conclude(
        fmt::format("Node {} is the only one in a single node cluster, the check does not apply",
                    call.node_name()));
    return {};
}

Outcome node_health_check(Invocation& call) {
    call.print_line(
        "This command is DEPRECATED and checks nothing: see the check_ commands of "
        "rabbitmq-diagnostics instead.");
    return {};
}

constexpr int patience_s = 60;
constexpr Option address_option[] = {{"address"}};

constexpr Command commands[] = {
    {"check_alarms",
     tools::diagnostics,
     Group::monitoring,
     "",
     "Fails while a resource alarm is in effect anywhere",
     0,
     0,
     check_alarms,
     {},
     patience_s},
    {"check_if_node_is_quorum_critical",
     tools::diagnostics | tools::queues,
     Group::monitoring,
     "",
     "Fails if queues would lose their majority without this node",
     0,
     0,
     check_quorum_critical,
     {},
     patience_s},
    {"check_local_alarms",
     tools::diagnostics,
     Group::monitoring,
     "",
     "Fails while a resource alarm is in effect on this node",
     0,
     0,
     check_local_alarms,
     {},
     patience_s},
    {"check_port_connectivity", tools::diagnostics, Group::monitoring, "[--address <ip-address>]",
     "Connects to every listener of the node", 0, 0, check_port_connectivity, address_option,
     patience_s},
    {"check_port_listener",
     tools::diagnostics,
     Group::monitoring,
     "<port>",
     "Fails if the node does not listen on this port",
     1,
     1,
     check_port_listener,
     {},
     patience_s},
    {"check_protocol_listener",
     tools::diagnostics,
     Group::monitoring,
     "<protocol>",
     "Fails if the node does not listen for this protocol",
     1,
     1,
     check_protocol_listener,
     {},
     patience_s},
    {"check_running",
     tools::diagnostics,
     Group::monitoring,
     "",
     "Fails if the node does not serve",
     0,
     0,
     check_running,
     {},
     patience_s},
    {"check_virtual_hosts",
     tools::diagnostics,
     Group::monitoring,
     "",
     "Fails if a virtual host is not served",
     0,
     0,
     check_virtual_hosts,
     {},
     patience_s},
    {"is_running",
     tools::diagnostics,
     Group::monitoring,
     "",
     "Fails if the node does not serve",
     0,
     0,
     is_running,
     {},
     patience_s},
    {"listeners",
     tools::diagnostics,
     Group::monitoring,
     "",
     "Where the node listens, and for which protocol",
     0,
     0,
     listeners,
     {},
     patience_s},
    {"node_health_check", tools::listing, Group::monitoring, "", "Does nothing (deprecated)", 0, 0,
     node_health_check},
};

}  // namespace

std::span<const Command> health_commands() {
    return commands;
}

}  // namespace warren::cli
