// Counters by protocol and type of queue. They stand at 0 from the start on, for all types.
#include <array>
#include <span>

#include "http/metrics/queue_metrics.h"

namespace warren::http::metrics {

namespace {

using broker::DeadLetterStrategy;
using broker::QueueCounters;
using broker::QueueType;

constexpr QueueType types[] = {QueueType::classic, QueueType::quorum, QueueType::stream};

struct ByType {
    Metric metric;
    std::uint64_t (*of)(const QueueCounters&);
};

constexpr ByType by_type[] = {
    {{"global_messages_acknowledged_total", Kind::counter, "Messages acknowledged"},
     [](const QueueCounters& c) { return c.acked; }},
    {{"global_messages_delivered_consume_auto_ack_total", Kind::counter,
      "Messages delivered to consumers that do not acknowledge"},
     [](const QueueCounters& c) { return c.delivered_auto_ack; }},
    {{"global_messages_delivered_consume_manual_ack_total", Kind::counter,
      "Messages delivered to consumers that acknowledge"},
     [](const QueueCounters& c) { return c.delivered; }},
    {{"global_messages_delivered_get_auto_ack_total", Kind::counter,
      "Messages taken by basic.get without acknowledgement"},
     [](const QueueCounters& c) { return c.got_auto_ack; }},
    {{"global_messages_delivered_get_manual_ack_total", Kind::counter,
      "Messages taken by basic.get, to be acknowledged"},
     [](const QueueCounters& c) { return c.got; }},
    {{"global_messages_delivered_total", Kind::counter, "Messages delivered in any way"},
     [](const QueueCounters& c) {
         return c.delivered + c.delivered_auto_ack + c.got + c.got_auto_ack;
     }},
    {{"global_messages_get_empty_total", Kind::counter, "Times that basic.get found nothing"},
     [](const QueueCounters& c) { return c.got_empty; }},
    {{"global_messages_redelivered_total", Kind::counter, "Messages handed out again"},
     [](const QueueCounters& c) { return c.redelivered; }}};

struct Strategy {
    QueueType type;
    DeadLetterStrategy strategy;
    std::string_view name;
};
constexpr Strategy strategies[] = {
    {QueueType::classic, DeadLetterStrategy::at_most_once, "at_most_once"},
    {QueueType::classic, DeadLetterStrategy::disabled, "disabled"},
    {QueueType::quorum, DeadLetterStrategy::at_most_once, "at_most_once"},
    {QueueType::quorum, DeadLetterStrategy::disabled, "disabled"},
    {QueueType::quorum, DeadLetterStrategy::at_least_once, "at_least_once"}};
constexpr std::span all_strategies{strategies};
constexpr auto quorum_strategies = all_strategies.subspan(2);
// A queue that drops messages at its limit assures nothing.
constexpr auto dropping_strategies = all_strategies.first(4);
constexpr auto assuring_strategies = all_strategies.last(1);

const QueueCounters& counters_of(const Snapshot& snapshot, const Strategy& strategy) {
    return snapshot.sums
        .by_kind[static_cast<std::size_t>(strategy.type)]
                [static_cast<std::size_t>(strategy.strategy)]
        .counters;
}

struct ByDeath {
    Metric metric;
    std::span<const Strategy> strategies;
    std::uint64_t (*of)(const Snapshot&, const Strategy&);
};

constexpr ByDeath by_death[] = {
    {{"global_messages_dead_lettered_expired_total", Kind::counter,
      "Messages that died because their time to live had passed"},
     all_strategies,
     [](const Snapshot& s, const Strategy& by) { return counters_of(s, by).expired; }},
    {{"global_messages_dead_lettered_maxlen_total", Kind::counter,
      "Messages that died because the queue was too long"},
     dropping_strategies,
     [](const Snapshot& s, const Strategy& by) { return counters_of(s, by).dropped; }},
    {{"global_messages_dead_lettered_rejected_total", Kind::counter,
      "Messages that died because a consumer rejected them"},
     all_strategies,
     [](const Snapshot& s, const Strategy& by) { return counters_of(s, by).rejected; }},
    {{"global_messages_dead_lettered_delivery_limit_total", Kind::counter,
      "Messages that died because they came back too often"},
     quorum_strategies,
     [](const Snapshot& s, const Strategy& by) {
         return s.queue_counts.given_up[static_cast<std::size_t>(by.strategy)];
     }},
    {{"global_messages_dead_lettered_confirmed_total", Kind::counter,
      "Dead letters that all queues they were routed to have confirmed"},
     assuring_strategies,
     [](const Snapshot& s, const Strategy&) { return s.queue_counts.letters_confirmed; }}};

QueueCounters counters_of(const Snapshot& snapshot, QueueType type) {
    QueueCounters sum;
    for (const auto& stats : snapshot.sums.by_kind[static_cast<std::size_t>(type)])
        broker::add_to(sum, stats.counters);
    return sum;
}

std::string type_label(QueueType type) {
    return label("queue_type", broker::module_name_of(type));
}

}  // namespace

void add_global_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    for (const ByType& each : by_type)
        exposition.add(
            each.metric, std::size(types), [snapshot, &each](Samples& samples, std::size_t row) {
                samples.write(joined(label("protocol", "amqp091"), type_label(types[row])),
                              each.of(counters_of(*snapshot, types[row])));
            });
    for (const ByDeath& each : by_death)
        exposition.add(each.metric, each.strategies.size(),
                       [snapshot, &each](Samples& samples, std::size_t row) {
                           const Strategy& strategy = each.strategies[row];
                           samples.write(joined(type_label(strategy.type),
                                                label("dead_letter_strategy", strategy.name)),
                                         each.of(*snapshot, strategy));
                       });
}

}  // namespace warren::http::metrics
