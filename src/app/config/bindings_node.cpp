// Keys of the groups "Limits", "Queues and messages", "Memory and disk", "Storage", "Definitions",
// "Node" and "Cluster".
#include "app/config/assign.h"

namespace warren::config {

namespace {

constexpr Word<QueueType> queue_type_words[] = {
    {"classic", QueueType::classic}, {"rabbit_classic_queue", QueueType::classic},
    {"quorum", QueueType::quorum},   {"rabbit_quorum_queue", QueueType::quorum},
    {"stream", QueueType::stream},   {"rabbit_stream_queue", QueueType::stream}};

void add_limit_bindings(std::vector<Binding>& list) {
    constexpr auto limits = &Config::limits;
    list.push_back(field<limits, &Limits::heartbeat_s>("heartbeat"));
    list.push_back(field<limits, &Limits::frame_bytes_max>("frame_max"));
    list.push_back(field<limits, &Limits::initial_frame_bytes_max>("initial_frame_max"));
    list.push_back(field<limits, &Limits::channel_max>("max_channels_per_connection"));
    list.push_back(field<limits, &Limits::message_bytes_max>("max_message_size"));
    list.push_back(field<limits, &Limits::consumer_timeout_ms>("consumer_timeout"));
    list.push_back(field<limits, &Limits::connections_max>("max_connections"));
    list.push_back(field<limits, &Limits::channels_per_node_max>("channel_max_per_node"));
    list.push_back(field<limits, &Limits::consumers_per_channel_max>("consumer_max_per_channel"));
    list.push_back(field<limits, &Limits::vhosts_max>("vhost_max"));
}

void add_resource_bindings(std::vector<Binding>& list) {
    constexpr auto resources = &Config::resources;
    list.push_back(field<resources, &Resources::memory_high_watermark_bytes>(
        "vm_memory_high_watermark.absolute"));
    list.push_back(field<resources, &Resources::memory_high_watermark_share>(
        "vm_memory_high_watermark.relative"));
    list.push_back(
        field<resources, &Resources::memory_paging_share>("vm_memory_high_watermark_paging_ratio"));
    list.push_back(field<resources, &Resources::memory_available_bytes>(
        "total_memory_available_override_value"));
    list.push_back({"disk_free_limit.absolute", [](const Application& a) {
                        assign(a.config.resources.disk_free_bytes_min, a.value);
                        a.draft.disk_free_bytes_set = true;
                    }});
    list.push_back(
        field<resources, &Resources::disk_free_memory_multiple>("disk_free_limit.relative"));
}

void add_storage_bindings(std::vector<Binding>& list) {
    constexpr auto storage = &Config::storage;
    list.push_back(field<storage, &Storage::embed_bytes_max>("queue_index_embed_msgs_below"));
    list.push_back(field<storage, &Storage::wal_file_bytes>("storage.wal_file_size"));
    list.push_back(field<storage, &Storage::wal_bytes_max>("storage.wal_size_limit"));
    list.push_back(field<storage, &Storage::unflushed_bytes_max>("storage.unflushed_size_limit"));
    list.push_back(field<storage, &Storage::confirm_before_sync>("unsafe.confirm_before_sync"));
}

}  // namespace

void add_node_bindings(std::vector<Binding>& list) {
    add_limit_bindings(list);
    add_resource_bindings(list);
    add_storage_bindings(list);
    list.push_back({"default_queue_type", [](const Application& a) {
                        a.config.default_queue_type = meaning_of(queue_type_words, a.value);
                    }});
    list.push_back(field<&Config::relaxed_queue_equivalence>(
        "quorum_queue.property_equivalence.relaxed_checks_on_redeclaration"));
    list.push_back({"deprecated_features.permit.$name", [](const Application& a) {
                        assign(a.config.permit_deprecated_features[a.setting.segments[2]], a.value);
                    }});
    list.push_back(field<&Config::event_exchange_vhost>("event_exchange.vhost"));
    list.push_back(field<&Config::tracing_dir>("tracing.dir"));
    list.push_back(field<&Config::cluster_name>("cluster_name"));
    list.push_back(field<&Config::load_definitions>("load_definitions"));
    list.push_back(field<&Config::load_definitions>("definitions.local.path"));
    list.push_back(field<&Config::management_definitions>("management.load_definitions"));
    list.push_back(field<&Config::definitions_backend>("definitions.import_backend"));
    list.push_back(field<&Config::skip_unchanged_definitions>("definitions.skip_if_unchanged"));
    list.push_back(field<&Config::shards>("shards"));
}

}  // namespace warren::config
