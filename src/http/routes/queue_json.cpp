#include "http/routes/queue_json.h"

#include <fmt/format.h>

#include "broker/topology/effective_settings.h"
#include "broker/topology/vhost.h"
#include "http/json_values.h"
#include "http/routes/object_support.h"
#include "http/routes/queue_ages_json.h"
#include "http/routes/traffic_json.h"
#include "http/statistics/rates.h"
#include "http/statistics/rows.h"

namespace warren::http {

namespace {

using broker::QueueStats;
using broker::QueueType;

struct Figure {
    std::string_view name;
    std::uint64_t (*of)(const QueueStats&);
};

constexpr Figure figures[] = {
    {"messages", [](const QueueStats& s) { return s.ready + s.unacked; }},
    {"messages_ready", [](const QueueStats& s) { return s.ready; }},
    {"messages_unacknowledged", [](const QueueStats& s) { return s.unacked; }},
    {"messages_ram", [](const QueueStats& s) { return s.ready - s.paged + s.unacked; }},
    {"messages_persistent", [](const QueueStats& s) { return s.persistent; }},
    {"message_bytes", [](const QueueStats& s) { return s.ready_bytes + s.unacked_bytes; }},
    {"message_bytes_ready", [](const QueueStats& s) { return s.ready_bytes; }},
    {"message_bytes_unacknowledged", [](const QueueStats& s) { return s.unacked_bytes; }},
    {"message_bytes_persistent", [](const QueueStats& s) { return s.persistent_bytes; }},
    {"message_bytes_ram",
     [](const QueueStats& s) { return s.ready_bytes - s.paged_bytes + s.unacked_bytes; }},
    {"consumers", [](const QueueStats& s) { return s.consumers; }},
    {"memory", [](const QueueStats& s) { return s.memory_bytes; }},
    {"message_stats.publish", [](const QueueStats& s) { return s.counters.published; }},
    {"message_stats.ack", [](const QueueStats& s) { return s.counters.acked; }},
    {"message_stats.deliver", [](const QueueStats& s) { return s.counters.delivered; }},
};

// "all (min: 500ms, max: 7000ms)".
std::string delayed_retry_text(const broker::DelayedRetry& retry) {
    constexpr std::string_view kinds[] = {"disabled", "all", "failed", "returned"};
    std::string text(kinds[static_cast<std::size_t>(retry.kind)]);
    if (retry.kind != broker::DelayedRetryKind::disabled)
        text += fmt::format(" (min: {}ms, max: {}ms)", retry.min_ms,
                            retry.max_ms.value_or(retry.min_ms));
    return text;
}

void add_quorum_figures(const QueueStats& stats, const broker::QueueSettings& settings,
                        json::object& object) {
    object["delivery_limit"] =
        settings.delivery_limit ? json::value(*settings.delivery_limit) : json::value("unlimited");
    object["messages_dlx"] = stats.assured_letters;
    object["message_bytes_dlx"] = stats.assured_letter_bytes;
    object["messages_delayed"] = stats.delayed;
    object["messages_ready_returned"] = stats.returned;
    object["delayed_retry"] = delayed_retry_text(settings.delayed_retry);
    json::object by_priority;
    for (const broker::PriorityCount& count : stats.ready_by_priority)
        by_priority[std::to_string(count.priority)] = count.messages;
    object["messages_active_priorities"] = by_priority.size();
    object["messages_by_priority"] = std::move(by_priority);
    object["publishers"] = 0;
    object["open_files"] = json::object();
}

void add_stream_figures(const QueueStats& stats, const std::string& node, json::object& object) {
    object["segments"] = stats.segments;
    object["readers"] = json::object{{node, stats.consumers}};
    object["first_timestamp"] = stats.first_timestamp_ms.value_or(0);
    if (stats.committed_offset) object["committed_offset"] = *stats.committed_offset;
    if (stats.offset_lag_max) object["max_offset_lag"] = *stats.offset_lag_max;
}

// A queue that has messages and someone who could take them all is used to the full.
std::uint64_t consumer_capacity(const QueueStats& stats) {
    return stats.consumers != 0 && stats.consumers_able == stats.consumers ? 1 : 0;
}

bool has_worked(const broker::QueueCounters& counters) {
    return counters.published != 0 || counters.got_empty != 0 || counters.got != 0 ||
           counters.got_auto_ack != 0 || counters.delivered != 0 ||
           counters.delivered_auto_ack != 0;
}

}  // namespace

json::object queue_json(const Api& api, const broker::QueueRecord& queue) {
    json::object object;
    object["name"] = queue.name;
    object["vhost"] = queue.vhost->name;
    object["type"] = broker::name_of(queue.type);
    object["durable"] = queue.durable;
    object["auto_delete"] = queue.auto_delete;
    object["exclusive"] = queue.exclusive();
    object["internal"] = false;
    object["internal_owner"] = false;
    object["arguments"] = to_json(*queue.arguments);
    object["node"] = api.facts().node_name;
    object["state"] = "running";
    if (queue.type != QueueType::classic) {
        object["leader"] = api.facts().node_name;
        object["members"] = json::array{api.facts().node_name};
        object["online"] = json::array{api.facts().node_name};
    }
    return object;
}

void add_totals(const QueueStats& stats, json::object& object) {
    object["messages"] = stats.ready + stats.unacked;
    object["messages_ready"] = stats.ready;
    object["messages_unacknowledged"] = stats.unacked;
}

json::value name_of(const broker::Policy* policy) {
    if (policy == nullptr) return nullptr;
    return json_text(policy->name);
}

void add_policies(const broker::QueueRecord& queue, json::object& object) {
    static const broker::EffectivePolicy none;
    const auto* found = queue.vhost->policies.effective(queue);
    const broker::EffectivePolicy& policy = found == nullptr ? none : *found;
    object["policy"] = name_of(policy.user);
    object["operator_policy"] = name_of(policy.of_operator);
    object["effective_policy_definition"] = to_json(policy.definition);
}

void add_stats(const Call& call, const broker::QueueRecord& queue, const QueueStats& stats,
               json::object& object) {
    const Api& api = call.api();
    for (const auto& figure : figures)
        if (figure.name.find('.') == std::string_view::npos) object[figure.name] = figure.of(stats);
    const statistics::Sampler& sampler = api.sampler();
    const auto* history = sampler.of_queue(queue.id());
    const auto row = statistics::message_row(stats);
    const statistics::Rates lengths(sampler, history, row, statistics::ages_of(call, "lengths"));
    const statistics::Rates rates(sampler, history, row, statistics::ages_of(call, "msg_rates"));
    statistics::add_lengths(object, lengths);
    object["reductions_details"] = lengths.details({});
    object["messages_ready_ram"] = stats.ready - stats.paged;
    object["messages_unacknowledged_ram"] = stats.unacked;
    object["messages_paged_out"] = stats.paged;
    object["message_bytes_paged_out"] = stats.paged_bytes;
    object["consumer_capacity"] = consumer_capacity(stats);
    object["consumer_utilisation"] = consumer_capacity(stats);
    const auto tag_if = [&](bool is_it) -> json::value {
        if (!is_it) return nullptr;
        return json_text(stats.sole_consumer_tag);
    };
    object["exclusive_consumer_tag"] = tag_if(stats.exclusive_consumer);
    object["single_active_consumer_tag"] = tag_if(stats.single_active_consumer.has_value());
    object["head_message_timestamp"] =
        stats.head_timestamp_s ? json::value(*stats.head_timestamp_s) : json::value();
    if (queue.type != QueueType::stream) object["ages"] = queue_ages_json(stats);
    add_policies(queue, object);
    object["reductions"] = 0;
    object["garbage_collection"] = json::object{{"fullsweep_after", -1},
                                                {"max_heap_size", -1},
                                                {"min_bin_vheap_size", -1},
                                                {"min_heap_size", -1},
                                                {"minor_gcs", 0}};
    if (queue.type == QueueType::classic) object["storage_version"] = 2;
    if (queue.type == QueueType::quorum)
        add_quorum_figures(stats, broker::effective_settings(queue), object);
    if (queue.type == QueueType::stream) add_stream_figures(stats, api.facts().node_name, object);
    if (has_worked(stats.counters) && shows_message_stats(api))
        object["message_stats"] = statistics::message_stats(rates);
    const bool idle = stats.unacked == 0 && stats.last_active.ms != 0;
    if (idle) {
        const Now now = api.now();
        object["idle_since"] = rfc3339({now.wall.ms - now.instant.ms_since(stats.last_active)});
    }
}

std::optional<std::uint64_t> figure_of(const QueueStats& stats, std::string_view column) {
    for (const auto& figure : figures)
        if (figure.name == column) return figure.of(stats);
    return std::nullopt;
}

}  // namespace warren::http
