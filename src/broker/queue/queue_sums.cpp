#include "broker/queue/queue_sums.h"

#include <algorithm>

namespace warren::broker {

namespace {

constexpr std::uint64_t QueueCounters::* counters[] = {&QueueCounters::published,
                                                       &QueueCounters::refused,
                                                       &QueueCounters::duplicates,
                                                       &QueueCounters::delivered,
                                                       &QueueCounters::delivered_auto_ack,
                                                       &QueueCounters::got,
                                                       &QueueCounters::got_auto_ack,
                                                       &QueueCounters::got_empty,
                                                       &QueueCounters::redelivered,
                                                       &QueueCounters::acked,
                                                       &QueueCounters::requeued,
                                                       &QueueCounters::rejected,
                                                       &QueueCounters::expired,
                                                       &QueueCounters::dropped,
                                                       &QueueCounters::dead_lettered,
                                                       &QueueCounters::sent_on,
                                                       &QueueCounters::purged,
                                                       &QueueCounters::lost,
                                                       &QueueCounters::disk_reads,
                                                       &QueueCounters::disk_writes};
static_assert(sizeof(counters) / sizeof(counters[0]) ==
              sizeof(QueueCounters) / sizeof(std::uint64_t));

constexpr std::uint64_t QueueStats::* figures[] = {
    &QueueStats::ready,          &QueueStats::unacked,         &QueueStats::ready_bytes,
    &QueueStats::unacked_bytes,  &QueueStats::persistent,      &QueueStats::persistent_bytes,
    &QueueStats::paged,          &QueueStats::paged_bytes,     &QueueStats::letters,
    &QueueStats::unconfirmed,    &QueueStats::returned,        &QueueStats::delayed,
    &QueueStats::delayed_bytes,  &QueueStats::assured_letters, &QueueStats::assured_letter_bytes,
    &QueueStats::keys,           &QueueStats::memory_bytes,    &QueueStats::consumers,
    &QueueStats::consumers_able, &QueueStats::segments};

void add_to(RaftFigures& sum, const RaftFigures& more) {
    sum.term += more.term;
    sum.last_index += more.last_index;
    sum.commit_index += more.commit_index;
    sum.commit_latency_ms = std::max(sum.commit_latency_ms, more.commit_latency_ms);
    sum.segments = std::max(sum.segments, more.segments);
}

void raise(QueueCounters& sum, const QueueCounters& least) {
    for (const auto counter : counters)
        sum.*counter = std::max(sum.*counter, least.*counter);
}

}  // namespace

DeadLetterStrategy strategy_of(const QueueSettings& settings) {
    if (!settings.dead_letter_exchange) return DeadLetterStrategy::disabled;
    return settings.dead_letter_at_least_once ? DeadLetterStrategy::at_least_once
                                              : DeadLetterStrategy::at_most_once;
}

void add_to(QueueCounters& sum, const QueueCounters& more) {
    for (const auto counter : counters)
        sum.*counter += more.*counter;
}

void add_to(QueueStats& sum, const QueueStats& more) {
    for (const auto figure : figures)
        sum.*figure += more.*figure;
    sum.last_active = std::max(sum.last_active, more.last_active);
    add_to(sum.counters, more.counters);
    add_to(sum.ages, more.ages);
    add_to(sum.raft, more.raft);
    if (more.offset_lag_max)
        sum.offset_lag_max = std::max(sum.offset_lag_max.value_or(0), *more.offset_lag_max);
    if (more.oldest_ready_ms)
        sum.oldest_ready_ms = std::max(sum.oldest_ready_ms.value_or(0), *more.oldest_ready_ms);
    if (more.oldest_unacked &&
        (!sum.oldest_unacked || sum.oldest_unacked->age_ms < more.oldest_unacked->age_ms))
        sum.oldest_unacked = more.oldest_unacked;
}

void add_to(StatsByKind& sum, const StatsByKind& more) {
    for (std::size_t type = 0; type < sum.size(); ++type)
        for (std::size_t strategy = 0; strategy < sum[type].size(); ++strategy)
            add_to(sum[type][strategy], more[type][strategy]);
}

void QueueSums::add(const std::string& vhost, const QueueSettings& settings,
                    const QueueStats& stats) {
    auto found = by_vhost.find(vhost);
    if (found == by_vhost.end()) found = by_vhost.try_emplace(vhost).first;
    add_to(found->second, stats);
    add_to(of_kind(by_kind, settings), stats);
}

void QueueSums::add_gone(const std::string& vhost, const QueueSettings& settings,
                         const QueueStats& stats) {
    QueueStats gone;
    gone.counters = stats.counters;
    gone.ages = stats.ages;
    gone.last_active = stats.last_active;
    add(vhost, settings, gone);
}

void QueueSums::raise_counters(const QueueSums& least) {
    for (std::size_t type = 0; type < by_kind.size(); ++type)
        for (std::size_t strategy = 0; strategy < by_kind[type].size(); ++strategy)
            raise(by_kind[type][strategy].counters, least.by_kind[type][strategy].counters);
    for (auto& [vhost, stats] : by_vhost)
        if (const auto found = least.by_vhost.find(vhost); found != least.by_vhost.end())
            raise(stats.counters, found->second.counters);
}

void QueueSums::add(const QueueSums& more) {
    for (const auto& [vhost, stats] : more.by_vhost)
        add_to(by_vhost[vhost], stats);
    add_to(by_kind, more.by_kind);
}

QueueStats QueueSums::total() const {
    QueueStats total;
    for (const auto& [vhost, stats] : by_vhost)
        add_to(total, stats);
    return total;
}

}  // namespace warren::broker
