#include "http/statistics/sampler.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "broker/topology/topology.h"
#include "http/statistics/rows.h"
#include "http/statistics/traffic_sums.h"

namespace warren::http::statistics {

namespace {

constexpr std::int64_t ms_per_s = 1000;
constexpr std::int64_t idle_interval_ms = 60'000;
constexpr std::int64_t attention_ms = 3'600'000;
// Looking takes no more than this part of the time.
constexpr std::int64_t share = 20;
// Clocks of shards are not read at the same moment.
constexpr std::int64_t clock_slack_ms = 100;
// What has not changed for so long is the same at all times that anybody can ask for.
constexpr std::int64_t remembered_s = 3600;
constexpr unsigned looks_between_cleaning = 60;

}  // namespace

void Sampler::start() {
    if (std::exchange(started_, true)) return;
    asked_at_ = parts_.now().instant;
    look();
}

const History* Sampler::of_queue(QueueId queue) const {
    const auto found = queues_.find(queue);
    return found == queues_.end() ? nullptr : &found->second;
}

const History* Sampler::of_vhost(std::string_view vhost) const {
    const auto found = vhosts_.find(vhost);
    return found == vhosts_.end() ? nullptr : &found->second;
}

void Sampler::look() {
    const Instant since = changed_since_;
    began_ = parts_.now().instant;
    changed_since_ = began_.plus_ms(-clock_slack_ms);
    parts_.reports.survey_sums(since, [this](NodeSums sums) {
        parts_.reports.survey_totals(
            [this, sums = std::move(sums)](const std::vector<ShardTotals>& totals) {
                take(sums, totals);
                look_again();
            });
    });
}

void Sampler::take(const NodeSums& sums, const std::vector<ShardTotals>& totals) {
    time_s_ = parts_.now().wall.ms / ms_per_s;
    session::SessionTraffic traffic;
    cluster::QueueCounts counts;
    for (const ShardTotals& shard : totals) {
        add_to(traffic, shard.traffic);
        counts.created += shard.queues.created;
        counts.deleted += shard.queues.deleted;
    }
    NodeGauges gauges = parts_.gauges();
    gauges.connections = traffic.connections_open();
    const std::int64_t changed_s = messages_.changed_s();
    messages_.record(time_s_, message_row(sums.queues.total(), traffic));
    churn_.record(time_s_, churn_row(traffic, counts));
    node_.record(time_s_, node_row(gauges, sums.io));
    record_vhosts(sums);
    record_queues(sums);
    something_changed_ = messages_.changed_s() != changed_s || !sums.changed.empty();
    if (++looks_ % looks_between_cleaning == 0) forget_the_gone();
    if (queue_bytes_ > settings_.bytes_max) make_room();
}

void Sampler::record_vhosts(const NodeSums& sums) {
    std::erase_if(vhosts_, [&](const auto& vhost) {
        return parts_.topology.find_vhost(vhost.first) == nullptr;
    });
    for (const auto& [vhost, stats] : sums.queues.by_vhost)
        vhosts_.try_emplace(vhost, Retention::global)
            .first->second.record(time_s_, message_row(stats));
}

void Sampler::record_queues(const NodeSums& sums) {
    for (const auto& [id, stats] : sums.changed) {
        History& history = queues_.try_emplace(id, Retention::basic).first->second;
        const std::size_t before = history.changed_s() == 0 ? 0 : history.bytes();
        history.record(time_s_, message_row(stats));
        queue_bytes_ += history.bytes() - before;
    }
}

void Sampler::forget_the_gone() {
    std::erase_if(queues_, [&](const auto& queue) {
        const bool is_gone = parts_.topology.find_queue(queue.first) == nullptr ||
                             time_s_ - queue.second.changed_s() > remembered_s;
        if (is_gone) queue_bytes_ -= queue.second.bytes();
        return is_gone;
    });
}

// Down to three quarters, so that it is not done anew at every look.
void Sampler::make_room() {
    forget_the_gone();
    const std::size_t bytes_wanted = settings_.bytes_max / 4 * 3;
    std::vector<std::pair<std::int64_t, QueueId>> by_age;
    for (const auto& [id, history] : queues_)
        by_age.emplace_back(history.changed_s(), id);
    std::ranges::sort(by_age, {}, &std::pair<std::int64_t, QueueId>::first);
    for (const auto& [changed_s, id] : by_age) {
        if (queue_bytes_ <= bytes_wanted) break;
        const auto found = queues_.find(id);
        queue_bytes_ -= found->second.bytes();
        queues_.erase(found);
    }
}

void Sampler::look_again() {
    const Instant now = parts_.now().instant;
    const bool idle = !something_changed_ && now.ms_since(asked_at_) > attention_ms;
    // Of several changes in one tick of the histories only the first would be kept.
    const std::int64_t busy_ms = std::max(settings_.interval_ms, History::finest_s * ms_per_s);
    const std::int64_t least_ms = idle ? idle_interval_ms : busy_ms;
    parts_.delays.after_ms(std::max(least_ms, now.ms_since(began_) * share), [this] { look(); });
}

}  // namespace warren::http::statistics
