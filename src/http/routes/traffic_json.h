#pragma once
// What went through exchanges, and from whom to where. The latter is told one by one with
// `management.rates_mode = detailed` only, as in RabbitMQ. For .cpp files: includes Boost.JSON.
#include <vector>

#include "broker/topology/records.h"
#include "http/json_support.h"
#include "http/shard_reports.h"

namespace warren::http {

// The node collects statistics, and this call wants to see them.
bool shows_statistics(const Call& call);
// Counters of messages are shown, with rates: not with `management.rates_mode = none`.
bool shows_message_stats(const Api& api);
bool shows_flows(const Api& api);

// "message_stats", if anything came through.
void add_exchange_stats(const Call& call, const broker::ExchangeRecord& exchange,
                        const ExchangeReports& reports, json::object& object);

// "incoming", by channel, and "outgoing", by queue.
void add_exchange_flows(const Call& call, const broker::ExchangeRecord& exchange,
                        const ExchangeReports& reports,
                        const std::vector<session::ChannelReport>& channels, json::object& object);
// "publishes", by exchange, and "deliveries", by queue.
void add_channel_flows(const Call& call, const session::ChannelReport& channel,
                       json::object& object);
// "incoming", by exchange, and "deliveries", by channel.
void add_queue_flows(const Call& call, const broker::QueueRecord& queue,
                     const ExchangeReports& reports,
                     const std::vector<session::ChannelReport>& channels, json::object& object);

}  // namespace warren::http
