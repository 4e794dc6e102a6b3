#pragma once
// How a queue is shown. For .cpp files: includes Boost.JSON.
#include <optional>
#include <string_view>

#include "broker/queue/queue_stats.h"
#include "broker/topology/records.h"
#include "http/json_support.h"

namespace warren::http {

// What the topology knows of it.
json::object queue_json(const Api& api, const broker::QueueRecord& queue);
// What its shard knows of it, and how that has changed.
void add_stats(const Call& call, const broker::QueueRecord& queue, const broker::QueueStats& stats,
               json::object& object);
// With statistics off, but queue totals on.
void add_totals(const broker::QueueStats& stats, json::object& object);
// One of the figures that lists are sorted by; nothing if it is none.
std::optional<std::uint64_t> figure_of(const broker::QueueStats& stats, std::string_view column);

}  // namespace warren::http
