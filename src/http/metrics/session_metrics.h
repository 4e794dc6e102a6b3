#pragma once
// The families of metrics that connections, channels and exchanges have one by one, and that tell
// what went from one to another.
#include "http/metrics/exposition.h"
#include "http/metrics/queue_metrics.h"

namespace warren::http::metrics {

// Named as /metrics/detailed?family= names them. Each object by itself.
void add_connection_coarse_metrics(Exposition& exposition, const SnapshotRef& snapshot);
void add_connection_metrics(Exposition& exposition, const SnapshotRef& snapshot);
void add_channel_metrics(Exposition& exposition, const SnapshotRef& snapshot);
void add_channel_process_metrics(Exposition& exposition, const SnapshotRef& snapshot);
void add_channel_exchange_metrics(Exposition& exposition, const SnapshotRef& snapshot);
void add_channel_queue_metrics(Exposition& exposition, const SnapshotRef& snapshot);
void add_channel_queue_exchange_metrics(Exposition& exposition, const SnapshotRef& snapshot);
void add_exchange_metrics(Exposition& exposition, const SnapshotRef& snapshot);
void add_queue_exchange_metrics(Exposition& exposition, const SnapshotRef& snapshot);

// So many samples has each object that is shown by itself.
std::size_t samples_per_connection();
std::size_t samples_of(const session::ChannelReport& channel);
std::size_t samples_of(const ExchangeReport& exchange);

}  // namespace warren::http::metrics
