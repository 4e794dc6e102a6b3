// Counters by protocol and type of queue. They stand at 0 from the start on, for all types.
#include <array>

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

constexpr ByType by_death[] = {
    {{"global_messages_dead_lettered_expired_total", Kind::counter,
      "Messages that died because their time to live had passed"},
     [](const QueueCounters& c) { return c.expired; }},
    {{"global_messages_dead_lettered_maxlen_total", Kind::counter,
      "Messages that died because the queue was too long"},
     [](const QueueCounters& c) { return c.dropped; }},
    {{"global_messages_dead_lettered_rejected_total", Kind::counter,
      "Messages that died because a consumer rejected them, or returned them too often"},
     [](const QueueCounters& c) { return c.rejected; }}};

struct Strategy {
    QueueType type;
    DeadLetterStrategy strategy;
    std::string_view name;
};
constexpr Strategy strategies[] = {
    {QueueType::classic, DeadLetterStrategy::at_most_once, "at_most_once"},
    {QueueType::classic, DeadLetterStrategy::disabled, "disabled"},
    {QueueType::quorum, DeadLetterStrategy::at_least_once, "at_least_once"},
    {QueueType::quorum, DeadLetterStrategy::at_most_once, "at_most_once"},
    {QueueType::quorum, DeadLetterStrategy::disabled, "disabled"}};

QueueCounters counters_of(const Snapshot& snapshot, QueueType type) {
    QueueCounters sum;
    for (const auto& stats : snapshot.sums.by_kind[static_cast<std::size_t>(type)])
        broker::add_to(sum, stats.counters);
    return sum;
}

const QueueCounters& counters_of(const Snapshot& snapshot, const Strategy& strategy) {
    return snapshot.sums
        .by_kind[static_cast<std::size_t>(strategy.type)]
                [static_cast<std::size_t>(strategy.strategy)]
        .counters;
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
    for (const ByType& each : by_death)
        exposition.add(each.metric, std::size(strategies),
                       [snapshot, &each](Samples& samples, std::size_t row) {
                           const Strategy& strategy = strategies[row];
                           samples.write(joined(type_label(strategy.type),
                                                label("dead_letter_strategy", strategy.name)),
                                         each.of(counters_of(*snapshot, strategy)));
                       });
}

}  // namespace warren::http::metrics
