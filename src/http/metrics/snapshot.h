#pragma once
// What an answer to a scrape is made of, gathered once and not changed any more.
#include <cstdint>
#include <string>
#include <vector>

#include "broker/queue/queue_settings.h"
#include "broker/queue/queue_sums.h"
#include "http/node_facts.h"
#include "http/shard_reports.h"

namespace warren::http::metrics {

// Where it is shown one by one.
struct QueueRow {
    std::string labels;
    broker::QueueType type = broker::QueueType::classic;
    broker::QueueStats stats;
};

struct ExchangeRow {
    std::string labels;
    std::uint64_t bindings = 0;
};

struct Snapshot {
    bool per_object = false;
    std::vector<QueueRow> queues;        // if per object
    std::vector<ExchangeRow> exchanges;  // likewise
    std::vector<std::string> vhosts;     // labels; likewise
    broker::QueueSums sums;
    broker::QueueStats total;  // of them
    session::SessionTraffic traffic;
    cluster::QueueCounts churn;
    std::uint64_t queue_count = 0;  // of the whole node
    std::uint64_t left_out = 0;     // queues, because there were too many
    NodeGauges gauges;
    IoCounts io;
    std::uint64_t history_bytes = 0;
};

}  // namespace warren::http::metrics
