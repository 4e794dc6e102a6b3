#pragma once
// For how long messages of a queue wait and are unacknowledged: beyond RabbitMQ. For .cpp files:
// includes Boost.JSON.
#include "broker/queue/queue_stats.h"
#include "http/json_support.h"
#include "http/shard_reports.h"

namespace warren::http {

// Times in seconds. Not of streams, where messages do not wait.
json::object queue_ages_json(const broker::QueueStats& stats);
// Who holds the oldest unacknowledged delivery; `connection` is his, if it is still open.
json::object oldest_delivery_json(const broker::OldestUnacked& oldest,
                                  const session::ConnectionFacts* connection);

}  // namespace warren::http
