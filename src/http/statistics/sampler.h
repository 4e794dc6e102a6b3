#pragma once
// Looks at the node every five seconds and remembers what it saw: totals, the node's own gauges,
// each vhost, and the queues, exchanges, connections and channels that have changed. Bounded in
// memory: of `bytes_max` queues have a half, each other kind an eighth; beyond that those that have
// not changed for longest lose their history. Bounded in time: after a look that took long the next
// one comes late, so that looking takes no more than a twentieth of the time.
//
// A node on which nothing happens and at which nobody has looked for an hour is looked at once a
// minute. Lives on the observer's shard.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "http/delays.h"
#include "http/node_facts.h"
#include "http/shard_reports.h"
#include "http/statistics/history.h"
#include "http/statistics/history_keys.h"
#include "http/statistics/history_table.h"

namespace warren::broker {
class Topology;
struct Vhost;
}  // namespace warren::broker

namespace warren::http::statistics {

struct SamplerParts {
    ShardReports& reports;
    Delays& delays;
    const broker::Topology& topology;
    std::function<Now()> now;
    std::function<NodeGauges()> gauges;
};

struct SamplerSettings {
    std::int64_t interval_ms = 5000;
    std::size_t bytes_max = 16u << 20;
    // What went from whom to where has a history, too.
    session::Details details = session::Details::no;
    RetentionPolicies retention;
};

class Sampler {
public:
    // What it works with outlives it, as does the work that it has put off.
    Sampler(SamplerParts parts, const SamplerSettings& settings)
        : parts_(std::move(parts)),
          settings_(settings),
          queues_(settings_.retention.basic, settings.bytes_max / 2),
          channels_(settings_.retention.basic, settings.bytes_max / 8),
          connections_(settings_.retention.basic, settings.bytes_max / 8),
          exchanges_(settings_.retention.basic, settings.bytes_max / 8),
          ways_(settings_.retention.detailed, settings.bytes_max / 8) {}
    Sampler(const Sampler&) = delete;
    Sampler& operator=(const Sampler&) = delete;

    // From now on, if not before. Without it there are no histories.
    void start();
    // Somebody looks at statistics.
    void note_asked() { asked_at_ = parts_.now().instant; }

    // When it last looked, in seconds since 1970; 0: never.
    std::int64_t time_s() const { return time_s_; }
    // Null: nothing is remembered, so it has not changed.
    const History* of_queue(QueueId queue) const { return queues_.find(queue); }
    const History* of_channel(const ChannelKey& channel) const { return channels_.find(channel); }
    const History* of_connection(ConnectionId connection) const {
        return connections_.find(connection);
    }
    const History* of_exchange(broker::ExchangeId exchange) const {
        return exchanges_.find(exchange);
    }
    const History* of_way(const WayKey& way) const { return ways_.find(way); }
    const History* of_vhost(std::string_view vhost) const;
    const History& of_messages() const { return messages_; }
    const History& of_churn() const { return churn_; }
    const History& of_node() const { return node_; }
    std::size_t bytes() const {
        return queues_.bytes() + channels_.bytes() + connections_.bytes() + exchanges_.bytes() +
               ways_.bytes();
    }

private:
    // What one look brings, from the shards and one after the other.
    struct Look {
        NodeSums sums;
        std::vector<ShardTotals> totals;
        SessionSums sessions;
    };

    void look();
    void look_at_totals(std::shared_ptr<Look> look);
    void look_at_sessions(std::shared_ptr<Look> look);
    void look_at_exchanges(std::shared_ptr<Look> look);
    void take(const Look& look, const ExchangeReports& exchanges);
    void record_node(const Look& look);
    void record_queues(const ChangedQueues& changed);
    void record_sessions(const SessionPiece& piece);
    void record_ways(const session::ChannelReport& channel, std::int64_t now_s);
    void record_exchanges(const ExchangeReports& exchanges);
    void record_vhosts(const Look& look, const ExchangeReports& exchanges);
    void record_vhost(const broker::Vhost& vhost, const Look& look,
                      const ExchangeReports& exchanges);
    void forget_the_gone(const ExchangeReports& exchanges);
    void look_again();
    std::int64_t seconds_now() const;

    SamplerParts parts_;
    const SamplerSettings settings_;
    std::int64_t time_s_ = 0;
    Instant began_{};          // the look that is under way, or the last one
    Instant changed_since_{};  // queues that have worked since are asked for
    Instant asked_at_{};
    bool started_ = false;
    bool queues_changed_ = false;  // in the look that is under way
    bool something_changed_ = false;
    unsigned looks_ = 0;

    History messages_{settings_.retention.global};
    History churn_{settings_.retention.global};
    History node_{settings_.retention.global};
    std::map<std::string, History, std::less<>> vhosts_;
    HistoryTable<QueueId> queues_;
    HistoryTable<ChannelKey, KeyHash> channels_;
    HistoryTable<ConnectionId> connections_;
    HistoryTable<broker::ExchangeId> exchanges_;
    HistoryTable<WayKey, KeyHash> ways_;
};

}  // namespace warren::http::statistics
