// /api/nodes/NODE/memory: what the node's memory is in use for, as far as it is counted. Keys that
// are about Erlang's runtime are there, with 0, for tools that add them up.
#include <array>
#include <cmath>

#include "http/json_support.h"
#include "http/listing.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

constexpr std::array<std::string_view, 21> parts{"connection_readers",
                                                 "connection_writers",
                                                 "connection_channels",
                                                 "connection_other",
                                                 "quorum_queue_procs",
                                                 "quorum_queue_dlx_procs",
                                                 "stream_queue_procs",
                                                 "stream_queue_replica_reader_procs",
                                                 "stream_queue_coordinator_procs",
                                                 "queue_procs",
                                                 "plugins",
                                                 "metadata_store",
                                                 "other_proc",
                                                 "metrics",
                                                 "mgmt_db",
                                                 "quorum_ets",
                                                 "mnesia",
                                                 "metadata_store_ets",
                                                 "other_ets",
                                                 "binary",
                                                 "msg_index"};
constexpr std::array<std::string_view, 5> runtime_parts{"code", "atom", "other_system",
                                                        "allocated_unused", "reserved_unallocated"};

std::string_view part_of(broker::QueueType type) {
    switch (type) {
        case broker::QueueType::classic:
            break;
        case broker::QueueType::quorum:
            return "quorum_queue_procs";
        case broker::QueueType::stream:
            return "stream_queue_procs";
    }
    return "queue_procs";
}

// What is counted; the rest of the process is other_proc.
json::object breakdown(const Api& api, const QueueReports& reports) {
    json::object memory;
    for (const auto part : parts)
        memory[part] = 0;
    for (const auto part : runtime_parts)
        memory[part] = 0;
    std::uint64_t counted = 0;
    for (const auto& [id, stats] : reports) {
        const auto* queue = api.topology().find_queue(id);
        if (queue == nullptr) continue;
        json::value& part = memory[part_of(queue->type)];
        part = part.to_number<std::uint64_t>() + stats.memory_bytes;
        counted += stats.memory_bytes;
    }
    const NodeGauges gauges = api.gauges();
    const std::uint64_t code = std::min(gauges.code_bytes, gauges.memory_used_bytes);
    memory["code"] = code;
    const std::uint64_t rest = gauges.memory_used_bytes - code;
    memory["other_proc"] = rest > counted ? rest - counted : 0;
    return memory;
}

json::object with_total(json::object memory, const Api& api) {
    const std::uint64_t used = api.gauges().memory_used_bytes;
    memory["strategy"] = "rss";
    memory["total"] = json::object{{"erlang", used}, {"rss", used}, {"allocated", used}};
    return memory;
}

// In percent, rounded up.
json::object relative(const json::object& memory, const Api& api) {
    constexpr double percent = 100;
    const auto used = static_cast<double>(api.gauges().memory_used_bytes);
    json::object shares{{"total", 100}};
    for (const auto& part : memory) {
        const double share = used == 0 ? 0 : part.value().to_number<double>() * percent / used;
        shares[part.key()] = static_cast<std::int64_t>(std::ceil(share));
    }
    return shares;
}

}  // namespace

void get_node_memory(const CallRef& call) {
    if (!is_this_node(call)) return;
    call->api().reports().survey_all_queues([call](const QueueReports& reports) {
        const Api& api = call->api();
        respond_object(call, {{"memory", with_total(breakdown(api, reports), api)}});
    });
}

void get_node_memory_relative(const CallRef& call) {
    if (!is_this_node(call)) return;
    call->api().reports().survey_all_queues([call](const QueueReports& reports) {
        const Api& api = call->api();
        respond_object(call, {{"memory", relative(breakdown(api, reports), api)}});
    });
}

// There are no ETS tables without Erlang.
void get_node_tables(const CallRef& call) {
    if (!is_this_node(call)) return;
    respond_object(call, {{"ets_tables_memory", json::object{{"total", 0}}}});
}

}  // namespace warren::http::routes
