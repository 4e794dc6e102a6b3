#pragma once
// What an answer to a scrape is made of, gathered once and not changed any more.
#include <cstdint>
#include <string>
#include <vector>

#include "broker/queue/queue_settings.h"
#include "broker/queue/queue_sums.h"
#include "http/node_facts.h"
#include "http/shard_reports.h"
#include "storage/log_engine.h"

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

// Where it is shown one by one, by those labels.
template <typename Value>
struct LabelledRow {
    std::string labels;
    Value value;
};

struct Snapshot {
    bool per_object = false;
    std::vector<QueueRow> queues;                                          // if per object
    std::vector<ExchangeRow> exchanges;                                    // likewise
    std::vector<std::string> vhosts;                                       // labels; likewise
    std::vector<LabelledRow<session::ConnectionReport>> connections;       // likewise
    std::vector<LabelledRow<session::ChannelReport>> channels;             // likewise
    std::vector<LabelledRow<session::PublishCounters>> channel_exchanges;  // likewise
    std::vector<LabelledRow<session::DeliveryCounters>> channel_queues;    // likewise
    std::vector<LabelledRow<std::uint64_t>> channel_ways;                  // to queues; likewise
    std::vector<LabelledRow<session::PublishCounters>> exchange_traffic;   // likewise
    std::vector<LabelledRow<std::uint64_t>> exchange_ways;                 // to queues; likewise
    std::vector<LabelledRow<auth::LoginCounts>> logins;                    // by source; likewise
    broker::QueueSums sums;
    broker::QueueStats total;        // of them
    broker::QueueStats shown_total;  // without queues that are left out of sums
    session::SessionTraffic traffic;
    cluster::QueueCounts queue_counts;
    storage::EngineStats log;
    std::uint64_t queue_count = 0;  // of the whole node
    SessionSums sessions;
    // Objects that are not shown, because there were too many.
    std::uint64_t samples_left = 0;  // that may still be shown
    std::uint64_t left_out = 0;      // queues
    std::uint64_t others_left_out = 0;
    NodeGauges gauges;
    std::uint64_t history_bytes = 0;
};

}  // namespace warren::http::metrics
