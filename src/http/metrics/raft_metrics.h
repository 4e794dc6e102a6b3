#pragma once
// The family ra_metrics: where the Raft groups of quorum queues are, and what has gone to the disk.
// Names of RabbitMQ 4.2 and later, and those of 3.8 to 4.1, for dashboards made for them.
#include "http/metrics/queue_metrics.h"

namespace warren::http::metrics {

void add_raft_metrics(Exposition& exposition, const SnapshotRef& snapshot);
// Of each quorum queue that is shown by itself.
std::size_t samples_per_raft_group();

}  // namespace warren::http::metrics
