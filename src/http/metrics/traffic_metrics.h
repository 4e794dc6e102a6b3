#pragma once
// The families of metrics that tell what sessions have done.
#include "http/metrics/exposition.h"
#include "http/metrics/queue_metrics.h"

namespace warren::http::metrics {

void add_connection_churn_metrics(Exposition& exposition, const SnapshotRef& snapshot);
// All channels, connections and exchanges of the node together; those that are closed count too, so
// that the sums never fall.
void add_channel_totals(Exposition& exposition, const SnapshotRef& snapshot);
// How many connections, channels, consumers and queues there are.
void add_object_counts(Exposition& exposition, const SnapshotRef& snapshot);
// By protocol.
void add_global_traffic(Exposition& exposition, const SnapshotRef& snapshot);

}  // namespace warren::http::metrics
