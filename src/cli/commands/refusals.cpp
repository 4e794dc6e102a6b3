// Commands of RabbitMQ's tools that have no meaning here: they say why, and what to use instead.
#include <algorithm>

#include "cli/invocation.h"

namespace warren::cli {

namespace {

constexpr std::string_view no_erlang =
    "WarrenMQ runs without Erlang/OTP: there is nothing to evaluate or attach to. What the node "
    "knows is in the HTTP API and in the other commands";
constexpr std::string_view one_node =
    "a WarrenMQ node is a cluster of its own: there are no other members";
constexpr std::string_view no_mirrors =
    "classic queues are not mirrored, in RabbitMQ 4 neither: quorum queues are replicated";
constexpr std::string_view no_collector = "there is no garbage that a collector could collect";
constexpr std::string_view no_reset =
    "to forget everything, stop the node and remove its data folder";

constexpr std::string_view no_stream_protocol =
    "the stream protocol (rabbitmq_stream) is not served yet: there are no connections, publishers "
    "and consumers of it. Consumers of streams by AMQP are in list_consumers";
constexpr std::string_view no_mqtt = "MQTT (rabbitmq_mqtt) is not served yet";
constexpr std::string_view no_stomp = "STOMP (rabbitmq_stomp) is not served yet";
constexpr std::string_view no_amqp10 = "AMQP 1.0 is not served yet";
constexpr std::string_view no_shovel =
    "shovels (rabbitmq_shovel) are not there yet: their parameters are kept, and do nothing";
constexpr std::string_view no_federation =
    "federation (rabbitmq_federation) is not there yet: its parameters are kept, and do nothing";
constexpr std::string_view no_oauth = "OAuth 2 (rabbitmq_auth_backend_oauth2) is not there yet";
constexpr std::string_view no_trust_store = "there is no trust store (rabbitmq_trust_store) yet";
constexpr std::string_view no_cache = "logins are not cached: there is nothing to clear";
constexpr std::string_view no_interceptors = "there are no channel interceptors";
constexpr std::string_view no_schema = "metadata are in no database that has a schema";
constexpr std::string_view no_retention_command =
    "retention is a policy: set_policy with max-age, max-length-bytes or "
    "stream-max-segment-size-bytes";
constexpr std::string_view no_checkpoint =
    "quorum queues have no log that grows between checkpoints: there is nothing to force";
constexpr std::string_view always_watched =
    "free disk space is always looked at: 'set_disk_free_limit 0' switches its alarm off";
constexpr std::string_view no_ring = "consistent hashing computes its ring, it is kept nowhere";
constexpr std::string_view event_exchange =
    "events are messages of the exchange amq.rabbitmq.event (event_exchange.vhost): consume them";

struct Refusal {
    std::string_view command;
    std::string_view why;
};

constexpr Refusal refusals[] = {
    {"command_line_arguments", no_erlang},
    {"eval", no_erlang},
    {"eval_file", no_erlang},
    {"exec", no_erlang},
    {"hipe_compile", no_erlang},
    {"maybe_stuck", no_erlang},
    {"observer", no_erlang},
    {"remote_shell", no_erlang},
    {"runtime_thread_stats", no_erlang},
    {"force_gc", no_collector},
    {"reclaim_quorum_memory", no_collector},
    {"cancel_sync_queue", no_mirrors},
    {"sync_queue", no_mirrors},
    {"add_member", one_node},
    {"add_replica", one_node},
    {"change_cluster_node_type", one_node},
    {"delete_member", one_node},
    {"delete_replica", one_node},
    {"force_boot", one_node},
    {"force_standalone_khepri_boot", one_node},
    {"forget_cluster_node", one_node},
    {"grow", one_node},
    {"grow_to_count", one_node},
    {"join_cluster", one_node},
    {"rename_cluster_node", one_node},
    {"shrink", one_node},
    {"transfer_leadership", one_node},
    {"update_cluster_nodes", one_node},
    {"force_reset", no_reset},
    {"reset", no_reset},
    {"activate_stream_consumer", no_stream_protocol},
    {"add_signing_key", no_oauth},
    {"add_uaa_key", no_oauth},
    {"clear_auth_backend_cache", no_cache},
    {"consistent_hash_exchange_ring_state", no_ring},
    {"consume_event_stream", event_exchange},
    {"coordinator_status", no_stream_protocol},
    {"deactivate_free_disk_space_monitoring", always_watched},
    {"decommission_mqtt_node", no_mqtt},
    {"delete_shovel", no_shovel},
    {"federation_status", no_federation},
    {"force_checkpoint", no_checkpoint},
    {"list_amqp10_connections", no_amqp10},
    {"list_channel_interceptors", no_interceptors},
    {"list_mqtt_connections", no_mqtt},
    {"list_stomp_connections", no_stomp},
    {"list_stream_connections", no_stream_protocol},
    {"list_stream_consumer_groups", no_stream_protocol},
    {"list_stream_consumers", no_stream_protocol},
    {"list_stream_group_consumers", no_stream_protocol},
    {"list_stream_publishers", no_stream_protocol},
    {"list_stream_tracking", no_stream_protocol},
    {"list_trust_store_certificates", no_trust_store},
    {"list_web_mqtt_connections", no_mqtt},
    {"refresh_trust_store", no_trust_store},
    {"remove_classic_queue_mirroring_from_policies", no_mirrors},
    {"reset_offset", no_stream_protocol},
    {"restart_federation_link", no_federation},
    {"restart_shovel", no_shovel},
    {"restart_stream", one_node},
    {"schema_info", no_schema},
    {"set_channel_interceptor_priorities", no_interceptors},
    {"set_stream_retention_policy", no_retention_command},
    {"shovel_status", no_shovel},
};

Outcome refuse(Invocation& call) {
    const auto* refusal = std::ranges::find(refusals, call.command().name, &Refusal::command);
    return fail(Failure{exit_code::unavailable, std::string(refusal->why)});
}

constexpr unsigned members = tools::queues | tools::streams;

constexpr Command command(std::string_view name, unsigned of, Group group) {
    return {.name = name,
            .tools = of,
            .group = group,
            .usage = "...",
            .summary = "Says why there is no such thing here",
            .words_min = 0,
            .words_max = any_number,
            .run = refuse};
}

constexpr Command commands[] = {
    command("add_member", tools::queues, Group::queues),
    command("add_replica", tools::streams, Group::queues),
    command("cancel_sync_queue", tools::ctl, Group::queues),
    command("change_cluster_node_type", tools::ctl, Group::cluster),
    command("command_line_arguments", tools::diagnostics, Group::configuration),
    command("delete_member", tools::queues, Group::queues),
    command("delete_replica", tools::streams, Group::queues),
    command("eval", tools::ctl, Group::operations),
    command("eval_file", tools::ctl, Group::operations),
    command("exec", tools::ctl, Group::operations),
    command("force_boot", tools::ctl, Group::cluster),
    command("force_gc", tools::ctl, Group::operations),
    command("force_reset", tools::ctl, Group::nodes),
    command("force_standalone_khepri_boot", tools::ctl, Group::cluster),
    command("forget_cluster_node", tools::ctl, Group::cluster),
    command("grow", members, Group::queues),
    command("grow_to_count", tools::queues, Group::queues),
    command("hipe_compile", tools::ctl, Group::operations),
    command("join_cluster", tools::ctl, Group::cluster),
    command("maybe_stuck", tools::diagnostics, Group::monitoring),
    command("observer", tools::diagnostics, Group::monitoring),
    command("reclaim_quorum_memory", tools::queues | tools::diagnostics, Group::queues),
    command("remote_shell", tools::diagnostics, Group::monitoring),
    command("rename_cluster_node", tools::ctl, Group::cluster),
    command("reset", tools::ctl, Group::nodes),
    command("runtime_thread_stats", tools::diagnostics, Group::monitoring),
    command("shrink", members, Group::queues),
    command("sync_queue", tools::ctl, Group::queues),
    command("transfer_leadership", members, Group::queues),
    command("update_cluster_nodes", tools::ctl, Group::cluster),
    command("activate_stream_consumer", tools::ctl | tools::streams, Group::queues),
    command("add_signing_key", tools::ctl, Group::access),
    command("add_uaa_key", tools::ctl, Group::access),
    command("clear_auth_backend_cache", tools::ctl, Group::access),
    command("consistent_hash_exchange_ring_state", tools::diagnostics, Group::monitoring),
    command("consume_event_stream", tools::diagnostics, Group::monitoring),
    command("coordinator_status", tools::diagnostics | tools::streams, Group::monitoring),
    command("deactivate_free_disk_space_monitoring", tools::listing, Group::operations),
    command("decommission_mqtt_node", tools::ctl, Group::cluster),
    command("delete_shovel", tools::ctl, Group::parameters),
    command("federation_status", tools::listing, Group::monitoring),
    command("force_checkpoint", tools::queues, Group::queues),
    command("list_amqp10_connections", tools::listing, Group::monitoring),
    command("list_channel_interceptors", tools::listing, Group::monitoring),
    command("list_mqtt_connections", tools::listing, Group::monitoring),
    command("list_stomp_connections", tools::listing, Group::monitoring),
    command("list_stream_connections", tools::listing | tools::streams, Group::monitoring),
    command("list_stream_consumer_groups", tools::listing | tools::streams, Group::monitoring),
    command("list_stream_consumers", tools::listing | tools::streams, Group::monitoring),
    command("list_stream_group_consumers", tools::listing | tools::streams, Group::monitoring),
    command("list_stream_publishers", tools::listing | tools::streams, Group::monitoring),
    command("list_stream_tracking", tools::streams, Group::monitoring),
    command("list_trust_store_certificates", tools::listing, Group::monitoring),
    command("list_web_mqtt_connections", tools::listing, Group::monitoring),
    command("refresh_trust_store", tools::ctl, Group::operations),
    command("remove_classic_queue_mirroring_from_policies", tools::ctl, Group::policies),
    command("reset_offset", tools::streams, Group::queues),
    command("restart_federation_link", tools::ctl, Group::operations),
    command("restart_shovel", tools::ctl, Group::operations),
    command("restart_stream", tools::streams, Group::queues),
    command("schema_info", tools::listing, Group::monitoring),
    command("set_channel_interceptor_priorities", tools::ctl, Group::operations),
    command("set_stream_retention_policy", tools::streams, Group::policies),
    command("shovel_status", tools::listing, Group::monitoring),
};

}  // namespace

std::span<const Command> refused_commands() {
    return commands;
}

}  // namespace warren::cli
