// What the node tells about itself and its cluster.
#include <fmt/format.h>

#include <charconv>

#include "cli/amount.h"
#include "cli/invocation.h"
#include "cli/listeners.h"

namespace warren::cli {

namespace {

std::string text_at(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value == nullptr ? "" : cell_text(*value);
}

double number_at(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_number()) return 0;
    return value->to_number<double>();
}

bool flag_at(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

// What /api/nodes and /api/overview say together.
struct Picture {
    json::object node;
    json::object overview;
    json::array vhosts;
    json::array flags;
};

Result<Picture, Failure> look(Invocation& call) {
    Picture picture;
    auto nodes = call.list("/api/nodes");
    if (!nodes) return fail(std::move(nodes.error()));
    if (nodes->empty()) return fail(Failure{exit_code::software, "The node does not know itself"});
    picture.node = std::move(nodes->front().as_object());
    auto overview = call.get("/api/overview");
    if (!overview) return fail(std::move(overview.error()));
    picture.overview = std::move(overview->as_object());
    auto vhosts = call.list("/api/vhosts?columns=name");
    if (!vhosts) return fail(std::move(vhosts.error()));
    picture.vhosts = std::move(*vhosts);
    auto flags = call.list("/api/feature-flags?columns=name,state");
    if (!flags) return fail(std::move(flags.error()));
    picture.flags = std::move(*flags);
    return picture;
}

// And what only the status tells.
struct CloserPicture : Picture {
    json::object memory;
    std::string plugins_file;
};

Result<CloserPicture, Failure> look_closer(Invocation& call) {
    auto picture = look(call);
    if (!picture) return fail(std::move(picture.error()));
    auto memory = call.get(fmt::format("/api/nodes/{}/memory", path_part(call.node_name())));
    if (!memory) return fail(std::move(memory.error()));
    const auto plugins = call.get("/api/node/plugins");
    if (!plugins) return fail(plugins.error());
    return CloserPicture{std::move(*picture), std::move(memory->at("memory").as_object()),
                         cell_text(plugins->at("file"))};
}

void head(Invocation& call, std::string_view title) {
    call.print(fmt::format("\n{}\n\n", title));
}

void bullets(Invocation& call, const json::object& object, std::string_view name) {
    const json::value* list = object.if_contains(name);
    if (list == nullptr || !list->is_array() || list->get_array().empty())
        return call.print_line("(none)");
    for (const auto& one : list->get_array())
        call.print_line(" * " + cell_text(one));
}

std::string amount(const Invocation& call, double bytes) {
    return amount_text(call.option("unit"), bytes);
}

json::array alarms_of(const json::object& node) {
    json::array alarms;
    if (flag_at(node, "mem_alarm")) alarms.push_back("memory");
    if (flag_at(node, "disk_free_alarm")) alarms.push_back("disk");
    return alarms;
}

void print_alarms(Invocation& call, const json::object& node) {
    head(call, "Alarms");
    const json::array alarms = alarms_of(node);
    if (alarms.empty()) call.print_line("(none)");
    for (const auto& alarm : alarms)
        call.print_line(fmt::format("{} alarm on node {}",
                                    alarm.as_string() == "memory" ? "Memory" : "Free disk space",
                                    call.node_name()));
}

// The API has it as text.
std::int64_t process_of(const json::object& node) {
    const std::string text = text_at(node, "os_pid");
    std::int64_t process = 0;
    std::from_chars(text.data(), text.data() + text.size(), process);
    return process;
}

json::object status_json(const Invocation& call, const CloserPicture& picture) {
    const json::object& node = picture.node;
    constexpr double ms_per_s = 1000;
    return {
        {"node", call.node_name()},
        {"pid", process_of(node)},
        {"os", "Linux"},
        {"uptime", static_cast<std::int64_t>(number_at(node, "uptime") / ms_per_s)},
        {"rabbitmq_version", text_at(node, "rabbitmq_version")},
        {"erlang_version", ""},
        {"crypto_lib_version", text_at(node, "crypto_lib_version")},
        {"product_name", text_at(picture.overview, "product_name")},
        {"product_version", text_at(picture.overview, "warrenmq_version")},
        {"is_under_maintenance", flag_at(node, "being_drained")},
        {"enabled_plugin_file", picture.plugins_file},
        {"active_plugins", node.at("enabled_plugins")},
        {"data_directory", node.at("db_dir")},
        {"raft_data_directory", node.at("db_dir")},
        {"config_files", node.at("config_files")},
        {"log_files", node.at("log_files")},
        {"alarms", alarms_of(node)},
        {"tags", json::array()},
        {"processes",
         json::object{{"used", node.at("proc_used")}, {"limit", node.at("proc_total")}}},
        {"run_queue", node.at("run_queue")},
        {"net_ticktime", node.at("net_ticktime")},
        {"memory", picture.memory},
        {"vm_memory_calculation_strategy", node.at("mem_calculation_strategy")},
        // What it comes to, however it was set.
        {"vm_memory_high_watermark_setting", json::object{{"absolute", node.at("mem_limit")}}},
        {"vm_memory_high_watermark_limit", node.at("mem_limit")},
        {"disk_free", node.at("disk_free")},
        {"disk_free_limit", node.at("disk_free_limit")},
        {"totals", json::object{{"connection_count", node.at("sockets_used")},
                                {"queue_count", picture.overview.at("object_totals").at("queues")},
                                {"virtual_host_count", picture.vhosts.size()}}},
        {"listeners", listeners_in(picture.overview)}};
}

void print_runtime(Invocation& call, const CloserPicture& picture) {
    const json::object& node = picture.node;
    constexpr double ms_per_s = 1000;
    call.print("Runtime\n\n");
    call.print_line("OS PID: " + text_at(node, "os_pid"));
    call.print_line("OS: Linux");
    call.print_line(fmt::format("Uptime (seconds): {}",
                                static_cast<std::int64_t>(number_at(node, "uptime") / ms_per_s)));
    call.print_line(fmt::format("Is under maintenance?: {}", flag_at(node, "being_drained")));
    call.print_line("RabbitMQ version: " + text_at(node, "rabbitmq_version"));
    call.print_line("WarrenMQ version: " + text_at(picture.overview, "warrenmq_version"));
    call.print_line("Node name: " + text_at(node, "name"));
    call.print_line("Crypto library: " + text_at(node, "crypto_lib_version"));
    head(call, "Plugins");
    call.print_line("Enabled plugin file: " + picture.plugins_file);
    call.print("Enabled plugins:\n\n");
    bullets(call, node, "enabled_plugins");
    head(call, "Data directory");
    call.print_line("Node data directory: " + text_at(node, "db_dir"));
    head(call, "Config files");
    bullets(call, node, "config_files");
    head(call, "Log file(s)");
    bullets(call, node, "log_files");
}

Outcome status(Invocation& call) {
    call.say(fmt::format("Status of node {} ...", call.node_name()));
    const auto picture = look_closer(call);
    if (!picture) return fail(picture.error());
    if (call.show_json(status_json(call, *picture))) return {};
    const json::object& node = picture->node;
    print_runtime(call, *picture);
    print_alarms(call, node);
    head(call, "Memory");
    call.print_line("Total memory used: " + amount(call, number_at(node, "mem_used")));
    call.print_line("Calculation strategy: " + text_at(node, "mem_calculation_strategy"));
    call.print_line("Memory high watermark: " + amount(call, number_at(node, "mem_limit")));
    head(call, "Free Disk Space");
    call.print_line("Low free disk space watermark: " +
                    amount(call, number_at(node, "disk_free_limit")));
    call.print_line("Free disk space: " + amount(call, number_at(node, "disk_free")));
    head(call, "Totals");
    call.print_line("Connection count: " + text_at(node, "sockets_used"));
    call.print_line("Queue count: " +
                    text_at(picture->overview.at("object_totals").as_object(), "queues"));
    call.print_line(fmt::format("Virtual host count: {}", picture->vhosts.size()));
    head(call, "Listeners");
    for (const auto& listener : listeners_in(picture->overview))
        call.print_line(listener_text(listener.as_object()));
    return {};
}

json::object cluster_json(const Invocation& call, const Picture& picture) {
    const json::array names{json::string(call.node_name())};
    json::object flags;
    json::array flag_list = picture.flags;
    return {{"cluster_name", picture.overview.at("cluster_name")},
            {"cluster_tags", json::array()},
            {"disk_nodes", names},
            {"ram_nodes", json::array()},
            {"running_nodes", names},
            {"versions",
             json::object{{call.node_name(),
                           json::object{{"rabbitmq_name", "RabbitMQ"},
                                        {"rabbitmq_version", picture.node.at("rabbitmq_version")},
                                        {"erlang_version", ""}}}}},
            {"cpu_cores", json::object{{call.node_name(), picture.node.at("processors")}}},
            {"maintenance_status", json::object{{call.node_name(), "not under maintenance"}}},
            {"alarms", alarms_of(picture.node)},
            {"partitions", json::object()},
            {"listeners", json::object{{call.node_name(), listeners_in(picture.overview)}}},
            {"feature_flags", std::move(flag_list)}};
}

Outcome cluster_status(Invocation& call) {
    call.say(fmt::format("Cluster status of node {} ...", call.node_name()));
    const auto picture = look(call);
    if (!picture) return fail(picture.error());
    if (call.show_json(cluster_json(call, *picture))) return {};
    const std::string name = text_at(picture->node, "name");
    const std::string cores = text_at(picture->node, "processors");
    call.print("Basics\n\n");
    call.print_line("Cluster name: " + text_at(picture->overview, "cluster_name"));
    call.print_line("Total CPU cores available cluster-wide: " + cores);
    head(call, "Cluster Tags");
    call.print_line("(none)");
    head(call, "Disk Nodes");
    call.print_line(name);
    head(call, "Running Nodes");
    call.print_line(name);
    head(call, "Versions");
    call.print_line(fmt::format("{}: RabbitMQ {} as WarrenMQ {}", name,
                                text_at(picture->node, "rabbitmq_version"),
                                text_at(picture->overview, "warrenmq_version")));
    head(call, "CPU Cores");
    call.print_line(fmt::format("Node: {}, available CPU cores: {}", name, cores));
    head(call, "Maintenance status");
    call.print_line(fmt::format("Node: {}, status: not under maintenance", name));
    print_alarms(call, picture->node);
    head(call, "Network Partitions");
    call.print_line("(none)");
    head(call, "Listeners");
    for (const auto& listener : listeners_in(picture->overview))
        call.print_line(
            fmt::format("Node: {}, i{}", name, listener_text(listener.as_object()).substr(1)));
    head(call, "Feature flags");
    for (const auto& flag : picture->flags)
        call.print_line(fmt::format("Flag: {}, state: {}", cell_text(flag.at("name")),
                                    cell_text(flag.at("state"))));
    return {};
}

constexpr Option unit_option[] = {{"unit"}};

constexpr Command commands[] = {
    {"cluster_status",
     tools::listing,
     Group::cluster,
     "",
     "Which nodes there are, with versions, alarms, listeners and feature flags",
     0,
     0,
     cluster_status,
     {},
     60},
    {"status", tools::listing, Group::monitoring, "[--unit <unit>]",
     "The node's process, folders, memory, disk space, alarms and listeners", 0, 0, status,
     unit_option, 60},
};

}  // namespace

std::span<const Command> status_commands() {
    return commands;
}

}  // namespace warren::cli
