// What people ask a node, and its machine, when something is wrong.
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <memory>

#include "app/config/environment.h"
#include "cli/amount.h"
#include "cli/invocation.h"

namespace warren::cli {

namespace {

constexpr unsigned healthy = 200;

// ---- checks that the node makes ----

Outcome check(Invocation& call, std::string_view path, std::string_view question,
              std::string_view fine) {
    call.say(fmt::format("{} {} ...", question, call.node_name()));
    const auto reply = call.ask({.path = fmt::format("/api/health/checks/{}", path)});
    if (!reply) return fail(reply.error());
    if (reply->status != healthy) return fail(failure_of(*reply));
    call.conclude(fine);
    return {};
}

Outcome check_metadata_store(Invocation& call) {
    return check(call, "metadata-store/initialized",
                 "Checking if metadata store is initialized on node",
                 "Metadata store is initialized");
}

Outcome check_metadata_store_has_data(Invocation& call) {
    return check(call, "metadata-store/initialized/with-data",
                 "Checking if metadata store is initialized and has data on node",
                 "Metadata store is initialized and has data");
}

Outcome check_leaders(Invocation& call) {
    const std::string of =
        call.has("across-all-vhosts") ? "all-vhosts" : "vhost/" + path_part(call.vhost());
    const std::string pattern = call.word_count() == 0 ? ".*" : call.word(0);
    return check(
        call,
        fmt::format("quorum-queues-without-elected-leaders/{}/pattern/{}", of, path_part(pattern)),
        "Checking for quorum queues without an elected leader on node",
        "Node reported all quorum queues as having responsive leader replicas");
}

Outcome check_deprecated_features(Invocation& call) {
    call.say("Checking if any deprecated features are used ...");
    const auto used = call.list("/api/deprecated-features/used");
    if (!used) return fail(used.error());
    if (used->empty()) {
        call.conclude(
            fmt::format("Node {} reported no deprecated features in use", call.node_name()));
        return {};
    }
    std::string names;
    for (const auto& feature : *used)
        names += "\n" + cell_text(feature.at("name"));
    return fail(Failure{exit_code::unavailable,
                        fmt::format("Deprecated features are in use:{}", names), true});
}

// Policies whose definition has a key of classic mirrored queues.
Result<json::array, Failure> mirroring_policies(Invocation& call, const std::string& path) {
    auto policies = call.list(path);
    if (!policies) return fail(std::move(policies.error()));
    json::array found;
    for (auto& policy : *policies)
        if (std::ranges::any_of(policy.at("definition").as_object(), [](const auto& member) {
                return std::string_view(member.key()).starts_with("ha-");
            }))
            found.push_back(std::move(policy));
    return found;
}

Outcome check_mirroring(Invocation& call) {
    call.say(
        fmt::format("Checking if cluster has any classic queue mirroring policy on node {} ...",
                    call.node_name()));
    for (const char* path : {"/api/policies", "/api/operator-policies"}) {
        const auto found = mirroring_policies(call, path);
        if (!found) return fail(found.error());
        if (!found->empty())
            return fail(Failure{exit_code::unavailable,
                                fmt::format("Cluster has classic queue mirroring policies: {}",
                                            cell_text(found->front().at("name")))});
    }
    call.conclude("Cluster reported no policies that enable classic queue mirroring");
    return {};
}

Outcome list_mirroring(Invocation& call, const std::string& path) {
    auto found = mirroring_policies(call, path);
    if (!found) return fail(std::move(found.error()));
    Table table{{"vhost", "name", "pattern", "apply-to", "definition", "priority"}, {}};
    for (auto& policy : *found)
        table.rows.push_back(std::move(policy.as_object()));
    call.show(table);
    return {};
}

Outcome list_mirroring_policies(Invocation& call) {
    call.say("Listing policies with classic queue mirroring ...");
    return list_mirroring(call, "/api/policies");
}

Outcome list_mirroring_operator_policies(Invocation& call) {
    call.say("Listing operator policies with classic queue mirroring ...");
    return list_mirroring(call, "/api/operator-policies");
}

// Queues of one node have all the replicas that they can have.
Outcome check_replicas(Invocation& call) {
    const auto version = call.get("/api/version");
    if (!version) return fail(version.error());
    call.conclude(fmt::format("Node {} has no replicas that are still being brought up to date",
                              call.node_name()));
    return {};
}

Outcome is_booting(Invocation& call) {
    call.say(fmt::format("Asking node {} for its status ...", call.node_name()));
    const bool answers = call.node().ask({.path = "/api/version"}).has_value();
    // A node answers when it has booted, and never before.
    call.conclude(fmt::format("RabbitMQ on node {} is {}booting", call.node_name(),
                              answers ? "fully booted, not " : "not running, not "),
                  false);
    return {};
}

// ---- what the node tells ----

Outcome alarms(Invocation& call) {
    call.say(
        fmt::format("Asking node {} to report any known resource alarms ...", call.node_name()));
    const auto reply = call.ask({.path = "/api/health/checks/alarms"});
    if (!reply) return fail(reply.error());
    boost::system::error_code error;
    const json::value body = json::parse(reply->body, error);
    const json::value* list =
        !error && body.is_object() ? body.get_object().if_contains("alarms") : nullptr;
    const json::array alarms = list == nullptr ? json::array() : list->as_array();
    if (call.show_json_of_node({{"alarms", alarms}, {"local", alarms}, {"global", alarms}}))
        return {};
    if (alarms.empty())
        call.print_line(
            fmt::format("Node {} reported no alarms, local or clusterwide", call.node_name()));
    for (const auto& alarm : alarms)
        call.print_line(fmt::format("{} alarm on node {}", cell_text(alarm.at("resource")),
                                    cell_text(alarm.at("node"))));
    return {};
}

Outcome environment(Invocation& call) {
    call.say(fmt::format("Application environment of node {} ...", call.node_name()));
    const auto settings = call.get("/api/config/effective");
    if (!settings) return fail(settings.error());
    if (call.show_json(*settings)) return {};
    for (const auto& setting : settings->as_object())
        call.print_line(
            fmt::format("{} = {}", std::string_view(setting.key()), cell_text(setting.value())));
    return {};
}

Outcome memory_breakdown(Invocation& call) {
    call.say(fmt::format("Reporting memory breakdown on node {}...", call.node_name()));
    const auto answer = call.get(fmt::format("/api/nodes/{}/memory", path_part(call.node_name())));
    if (!answer) return fail(answer.error());
    const json::object& memory = answer->at("memory").as_object();
    const auto total = memory.at("total").at("rss").to_number<double>();
    const auto percentage_of = [total](double bytes) {
        return total == 0 ? 0.0 : std::round(bytes / total * 10'000) / 100;
    };
    json::object shown;
    std::vector<std::pair<double, std::string>> parts;
    for (const auto& part : memory) {
        if (!part.value().is_number()) continue;
        const auto bytes = part.value().to_number<double>();
        shown[part.key()] =
            json::object{{"bytes", part.value()}, {"percentage", percentage_of(bytes)}};
        if (bytes > 0) parts.emplace_back(bytes, part.key());
    }
    if (call.show_json(shown)) return {};
    std::ranges::sort(parts, std::greater());
    for (const auto& [bytes, name] : parts)
        call.print_line(fmt::format("{}: {} ({:.2f}%)", name,
                                    amount_text(call.option("unit"), bytes), percentage_of(bytes)));
    return {};
}

Outcome metadata_store_status(Invocation& call) {
    call.say(fmt::format("Status of metadata store on node {} ...", call.node_name()));
    const auto version = call.get("/api/version");
    if (!version) return fail(version.error());
    Table table{{"Node Name", "Raft State", "Membership"}, {}};
    table.rows.push_back(
        {{"Node Name", call.node_name()}, {"Raft State", "leader"}, {"Membership", "voter"}});
    call.show(table);
    return {};
}

Outcome discover_peers(Invocation& call) {
    call.say(fmt::format("Discovering peers nodes on {} ...", call.node_name()));
    if (!call.show_json(json::array{json::string(call.node_name())}))
        call.print_line(call.node_name());
    return {};
}

Outcome list_matching_policies(Invocation& call) {
    const std::string type =
        call.has("object-type") ? std::string(call.option("object-type")) : "queue";
    if (type != "queue" && type != "exchange")
        return fail(Failure{exit_code::usage, "--object-type is queue or exchange"});
    call.say(fmt::format("Listing policies that match {} '{}' in vhost '{}' ...", type,
                         call.word(0), call.vhost()));
    auto object = call.get(
        fmt::format("/api/{}s/{}/{}", type, path_part(call.vhost()), path_part(call.word(0))));
    if (!object) return fail(std::move(object.error()));
    const json::value* name = object->as_object().if_contains("policy");
    Table table{{"name", "pattern", "apply-to", "definition", "priority"}, {}};
    auto policies = call.list("/api/policies/" + path_part(call.vhost()));
    if (!policies) return fail(std::move(policies.error()));
    for (auto& policy : *policies)
        if (name != nullptr && policy.at("name") == *name)
            table.rows.push_back(std::move(policy.as_object()));
    if (!call.show_json(json::object{
            {"result", "ok"}, {"policies", json::array(table.rows.begin(), table.rows.end())}}))
        call.show(table);
    return {};
}

// ---- the machine, as this command sees it ----

Outcome os_environment(Invocation& call) {
    call.say(fmt::format("Listing RABBITMQ_* environment variables of this shell ..."));
    json::object variables;
    for (const auto& [name, value] : config::current_environment())
        if (name.starts_with("RABBITMQ_"))
            variables[name] = name.contains("PASS") || name.contains("COOKIE") ? "<hidden>" : value;
    if (call.show_json_of_node({{"variables", variables}})) return {};
    for (const auto& variable : variables)
        call.print_line(
            fmt::format("{}={}", std::string_view(variable.key()), cell_text(variable.value())));
    return {};
}

std::string address_text(const sockaddr* address, socklen_t bytes) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(address, bytes, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0)
        return {};
    return text.data();
}

Outcome resolve_hostname(Invocation& call) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    const std::string_view family = call.option("address-family");
    if (family == "ipv4") hints.ai_family = AF_INET;
    if (family == "ipv6") hints.ai_family = AF_INET6;
    addrinfo* found = nullptr;
    const int fault = ::getaddrinfo(call.word(0).c_str(), nullptr, &hints, &found);
    if (fault != 0)
        return fail(
            Failure{exit_code::unavailable,
                    fmt::format("{} cannot be resolved: {}", call.word(0), gai_strerror(fault))});
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
    json::array addresses;
    for (const addrinfo* at = found; at != nullptr; at = at->ai_next)
        addresses.push_back(json::string(address_text(at->ai_addr, at->ai_addrlen)));
    if (call.show_json_of_node({{"hostname", call.word(0)},
                                {"address_family", hints.ai_family == AF_INET6 ? "IPv6" : "IPv4"},
                                {"addresses", addresses}}))
        return {};
    for (const auto& address : addresses)
        call.print_line(view(address.as_string()));
    return {};
}

Outcome resolver_info(Invocation& call) {
    const json::object resolver{
        {"hosts_file", "/etc/hosts"}, {"lookup", "native"}, {"resolv_conf", "/etc/resolv.conf"}};
    if (call.show_json_of_node({{"resolver", resolver}})) return {};
    for (const char* path : {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"}) {
        std::ifstream file(path);
        if (!file) continue;
        call.print_line(fmt::format("# {}", path));
        for (std::string line; std::getline(file, line);)
            if (!line.empty() && line[0] != '#') call.print_line(line);
    }
    return {};
}

Outcome list_network_interfaces(Invocation& call) {
    ifaddrs* found = nullptr;
    if (::getifaddrs(&found) != 0)
        return fail(Failure{exit_code::software, "the interfaces cannot be listed"});
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owned(found, ::freeifaddrs);
    Table table{{"interface", "address", "flags"}, {}};
    json::object interfaces;
    for (const ifaddrs* at = found; at != nullptr; at = at->ifa_next) {
        if (at->ifa_addr == nullptr) continue;
        const int family = at->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6) continue;
        const socklen_t bytes = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
        const std::string address = address_text(at->ifa_addr, bytes);
        const char* flags = (at->ifa_flags & IFF_UP) != 0 ? "up" : "down";
        table.rows.push_back({{"interface", at->ifa_name}, {"address", address}, {"flags", flags}});
        interfaces[at->ifa_name] = json::object{{"flags", flags}, {"addr", address}};
    }
    if (!call.show_json_of_node({{"interfaces", interfaces}})) call.show(table);
    return {};
}

constexpr Option leader_options[] = {{"across-all-vhosts", 0, false}};
constexpr Option unit_option[] = {{"unit"}};
constexpr Option family_option[] = {{"address-family"}};
constexpr Option object_option[] = {{"object-type"}};

constexpr auto diagnostics = tools::diagnostics;
constexpr auto queue_tools = tools::queues | tools::diagnostics;
constexpr auto group = Group::monitoring;

constexpr Command commands[] = {
    {"alarms", diagnostics, group, "", "Which resource alarms are in effect", 0, 0, alarms},
    {"check_for_quorum_queues_without_an_elected_leader", diagnostics, group,
     "[--vhost <vhost>] [--across-all-vhosts] [<pattern>]",
     "Fails if a quorum queue of such a name has no leader", 0, 1, check_leaders, leader_options},
    {"check_if_any_deprecated_features_are_used", tools::listing, group, "",
     "Fails if something is in use that RabbitMQ will drop", 0, 0, check_deprecated_features},
    {"check_if_cluster_has_classic_queue_mirroring_policy", queue_tools, group, "",
     "Fails if a policy is about classic mirrored queues", 0, 0, check_mirroring},
    {"check_if_metadata_store_is_initialized", diagnostics, group, "",
     "Fails if the node does not know what exists", 0, 0, check_metadata_store},
    {"check_if_metadata_store_is_initialized_with_data", diagnostics, group, "",
     "Fails if the node does not know what exists, or nothing does", 0, 0,
     check_metadata_store_has_data},
    {"check_if_new_quorum_queue_replicas_have_finished_initial_sync", queue_tools, group, "",
     "Fails while replicas are being brought up to date", 0, 0, check_replicas},
    {"check_if_node_is_mirror_sync_critical", queue_tools, group, "",
     "Fails if stopping the node would lose the last mirror of a queue", 0, 0, check_replicas},
    {"discover_peers", diagnostics, Group::cluster, "", "Which nodes would form a cluster", 0, 0,
     discover_peers},
    {"environment", tools::listing, Group::configuration, "",
     "What the node's configuration files say, without secrets", 0, 0, environment},
    {"is_booting", diagnostics, group, "", "Whether the node is starting", 0, 0, is_booting},
    {"list_network_interfaces", diagnostics, group, "", "Addresses of this machine", 0, 0,
     list_network_interfaces},
    {"list_operator_policies_with_classic_queue_mirroring", queue_tools, Group::policies, "",
     "Lists operator policies about classic mirrored queues", 0, 0,
     list_mirroring_operator_policies},
    {"list_policies_that_match", diagnostics, Group::policies, "[--object-type <type>] <name>",
     "Which policy counts for a queue or an exchange", 1, 1, list_matching_policies, object_option},
    {"list_policies_with_classic_queue_mirroring", queue_tools, Group::policies, "",
     "Lists policies about classic mirrored queues", 0, 0, list_mirroring_policies},
    {"memory_breakdown", diagnostics, group, "[--unit <unit>]", "What memory is in use for", 0, 0,
     memory_breakdown, unit_option},
    {"metadata_store_status", diagnostics, Group::cluster, "", "Who keeps what exists", 0, 0,
     metadata_store_status},
    {"os_env", diagnostics, Group::configuration, "",
     "Variables of the environment that RabbitMQ's tools know", 0, 0, os_environment},
    {"resolve_hostname", diagnostics, group, "<hostname> [--address-family <ipv4 | ipv6>]",
     "Addresses of a name, as this machine sees them", 1, 1, resolve_hostname, family_option},
    {"resolver_info", diagnostics, group, "", "How this machine looks names up", 0, 0,
     resolver_info},
};

}  // namespace

std::span<const Command> diagnostic_commands() {
    return commands;
}

}  // namespace warren::cli
