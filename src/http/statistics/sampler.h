#pragma once
// Looks at the node every five seconds and remembers what it saw: totals, the node's own gauges,
// each vhost, and the queues that have changed. Bounded in memory: beyond `bytes_max` the queues
// that have not changed for longest lose their history. Bounded in time: after a look that took
// long the next one comes late, so that looking takes no more than a twentieth of the time.
//
// A node on which nothing happens and at which nobody has looked for an hour is looked at once a
// minute. Lives on the observer's shard.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/ids.h"
#include "http/delays.h"
#include "http/node_facts.h"
#include "http/shard_reports.h"
#include "http/statistics/history.h"

namespace warren::broker {
class Topology;
}

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
};

class Sampler {
public:
    // What it works with outlives it, as does the work that it has put off.
    Sampler(SamplerParts parts, SamplerSettings settings)
        : parts_(std::move(parts)), settings_(settings) {}

    // From now on, if not before. Without it there are no histories.
    void start();
    // Somebody looks at statistics.
    void note_asked() { asked_at_ = parts_.now().instant; }

    // When it last looked, in seconds since 1970; 0: never.
    std::int64_t time_s() const { return time_s_; }
    // Null: nothing is remembered, so it has not changed.
    const History* of_queue(QueueId queue) const;
    const History* of_vhost(std::string_view vhost) const;
    const History& of_messages() const { return messages_; }
    const History& of_churn() const { return churn_; }
    const History& of_node() const { return node_; }
    std::size_t bytes() const { return queue_bytes_; }

private:
    void look();
    void take(const NodeSums& sums, const std::vector<ShardTotals>& totals);
    void record_queues(const NodeSums& sums);
    void record_vhosts(const NodeSums& sums);
    void forget_the_gone();
    void make_room();
    void look_again();

    SamplerParts parts_;
    SamplerSettings settings_;
    std::int64_t time_s_ = 0;
    Instant began_{};          // the look that is under way, or the last one
    Instant changed_since_{};  // queues that have worked since are asked for
    Instant asked_at_{};
    bool started_ = false;
    bool something_changed_ = false;
    unsigned looks_ = 0;

    History messages_{Retention::global};
    History churn_{Retention::global};
    History node_{Retention::global};
    std::map<std::string, History, std::less<>> vhosts_;
    std::unordered_map<QueueId, History> queues_;
    std::size_t queue_bytes_ = 0;
};

}  // namespace warren::http::statistics
