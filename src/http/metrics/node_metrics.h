#pragma once
// The families of metrics that the node itself has.
#include "http/api.h"
#include "http/metrics/exposition.h"
#include "http/metrics/queue_metrics.h"

namespace warren::http::metrics {

void add_node_coarse_metrics(Exposition& exposition, const SnapshotRef& snapshot);
void add_node_metrics(Exposition& exposition, const SnapshotRef& snapshot, const Api& api);
void add_node_persister_metrics(Exposition& exposition, const SnapshotRef& snapshot);
void add_auth_attempt_metrics(Exposition& exposition, const SnapshotRef& snapshot, Api& api);
// By source.
void add_auth_attempt_detailed_metrics(Exposition& exposition, const SnapshotRef& snapshot);
inline constexpr std::size_t samples_per_login_source = 3;
// Who answers: every answer has it. `endpoint` is a word for which.
void add_identity(Exposition& exposition, const Api& api, std::string_view endpoint);
void add_alarms(Exposition& exposition, const SnapshotRef& snapshot, const Api& api);
void add_memory_breakdown(Exposition& exposition, const SnapshotRef& snapshot);

}  // namespace warren::http::metrics
