#pragma once
// The families of metrics that queues have.
#include <memory>

#include "http/metrics/exposition.h"
#include "http/metrics/snapshot.h"

namespace warren::http::metrics {

using SnapshotRef = std::shared_ptr<const Snapshot>;

// Named as /metrics/detailed?family= names them.
void add_queue_coarse_metrics(Exposition& exposition, const SnapshotRef& snapshot);
void add_queue_metrics(Exposition& exposition, const SnapshotRef& snapshot);
void add_queue_consumer_count(Exposition& exposition, const SnapshotRef& snapshot);
void add_queue_delivery_metrics(Exposition& exposition, const SnapshotRef& snapshot);
// stream_consumer_metrics: how far readers of streams are behind.
void add_stream_consumer_metrics(Exposition& exposition, const SnapshotRef& snapshot);
// What RabbitMQ has no metrics for; their names begin with warrenmq_.
void add_queue_fate_metrics(Exposition& exposition, const SnapshotRef& snapshot);
// For how long messages wait and are unacknowledged (age_metrics.cpp); all of it, and the highest
// ages alone.
void add_queue_ages(Exposition& exposition, const SnapshotRef& snapshot);
void add_queue_oldest_ages(Exposition& exposition, const SnapshotRef& snapshot);
// Type of each queue.
void add_queue_info(Exposition& exposition, const SnapshotRef& snapshot);
// By protocol and type of queue, since the node started.
void add_global_metrics(Exposition& exposition, const SnapshotRef& snapshot);

// So many samples has each queue that is shown by itself.
std::size_t samples_per_queue(broker::QueueType type);

}  // namespace warren::http::metrics
