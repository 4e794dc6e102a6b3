#include "http/metrics/queue_metrics.h"

#include <array>
#include <cmath>
#include <iterator>
#include <limits>

#include "http/metrics/raft_metrics.h"

namespace warren::http::metrics {

namespace {

using broker::QueueStats;
using broker::QueueType;

struct QueueMetric {
    Metric metric;
    std::uint64_t (*of)(const QueueStats&);
    bool of_streams = true;  // streams have it too
};

// One that only queues of some type have.
struct TypeMetric {
    Metric metric;
    QueueType type;
    std::uint64_t (*of)(const QueueStats&);
};

constexpr QueueMetric coarse[] = {
    {{"queue_messages_ready", Kind::gauge, "Messages that wait to be delivered"},
     [](const QueueStats& s) { return s.ready; }},
    {{"queue_messages_unacked", Kind::gauge, "Messages delivered and not yet acknowledged"},
     [](const QueueStats& s) { return s.unacked; }},
    {{"queue_messages", Kind::gauge, "Messages, ready and unacknowledged together"},
     [](const QueueStats& s) { return s.ready + s.unacked; }},
    {{"queue_process_reductions_total", Kind::counter,
      "Always 0: queues are no Erlang processes here"},
     [](const QueueStats&) { return std::uint64_t{0}; }}};

constexpr Metric consumers{"queue_consumers", Kind::gauge, "Consumers of the queue"};

// A queue whose consumers could all take a message now is used to the full.
double capacity_of(const QueueStats& stats) {
    if (stats.consumers == 0) return 0;
    return static_cast<double>(stats.consumers_able) / static_cast<double>(stats.consumers);
}
constexpr Metric capacities[] = {
    {"queue_consumer_capacity", Kind::gauge, "Share of the consumers that could take a message"},
    {"queue_consumer_utilisation", Kind::gauge, "The same as the capacity of consumers"}};

constexpr Metric head_timestamp{"queue_head_message_timestamp", Kind::gauge,
                                "Timestamp of the message that is next, if it has one"};

constexpr QueueMetric figures[] = {
    {{"queue_process_memory_bytes", Kind::gauge, "Memory of the queue and of its messages"},
     [](const QueueStats& s) { return s.memory_bytes; }},
    {{"queue_messages_ram", Kind::gauge, "Messages kept in memory"},
     [](const QueueStats& s) { return s.ready - s.paged + s.unacked; },
     false},
    {{"queue_messages_ram_bytes", Kind::gauge, "Bytes of the bodies kept in memory"},
     [](const QueueStats& s) { return s.ready_bytes - s.paged_bytes + s.unacked_bytes; },
     false},
    {{"queue_messages_ready_ram", Kind::gauge, "Ready messages kept in memory"},
     [](const QueueStats& s) { return s.ready - s.paged; },
     false},
    {{"queue_messages_unacked_ram", Kind::gauge, "Unacknowledged messages kept in memory"},
     [](const QueueStats& s) { return s.unacked; },
     false},
    {{"queue_messages_persistent", Kind::gauge, "Persistent messages"},
     [](const QueueStats& s) { return s.persistent; },
     false},
    {{"queue_messages_persistent_bytes", Kind::gauge, "Bytes of the bodies of persistent messages"},
     [](const QueueStats& s) { return s.persistent_bytes; },
     false},
    {{"queue_messages_bytes", Kind::gauge, "Bytes of the bodies of all messages"},
     [](const QueueStats& s) { return s.ready_bytes + s.unacked_bytes; }},
    {{"queue_messages_ready_bytes", Kind::gauge, "Bytes of the bodies of ready messages"},
     [](const QueueStats& s) { return s.ready_bytes; }},
    {{"queue_messages_unacked_bytes", Kind::gauge,
      "Bytes of the bodies of unacknowledged messages"},
     [](const QueueStats& s) { return s.unacked_bytes; }},
    {{"queue_messages_paged_out", Kind::gauge, "Messages that only the disk has"},
     [](const QueueStats& s) { return s.paged; },
     false},
    {{"queue_messages_paged_out_bytes", Kind::gauge, "Bytes of the bodies that only the disk has"},
     [](const QueueStats& s) { return s.paged_bytes; },
     false}};

constexpr TypeMetric by_type[] = {
    {{"queue_disk_reads_total", Kind::counter, "Messages of classic queues read from the disk"},
     QueueType::classic,
     [](const QueueStats& s) { return s.counters.disk_reads; }},
    {{"queue_disk_writes_total", Kind::counter, "Messages of classic queues written to the disk"},
     QueueType::classic,
     [](const QueueStats& s) { return s.counters.disk_writes; }},
    {{"stream_segments", Kind::counter, "Segments of streams"},
     QueueType::stream,
     [](const QueueStats& s) { return s.segments; }}};

constexpr Metric offset_lag{"stream_consumer_max_offset_lag", Kind::gauge,
                            "Messages that the consumer furthest behind has not been sent yet"};

constexpr QueueMetric deliveries[] = {
    {{"queue_get_ack_total", Kind::counter, "Messages taken by basic.get, to be acknowledged"},
     [](const QueueStats& s) { return s.counters.got; }},
    {{"queue_get_total", Kind::counter, "Messages taken by basic.get without acknowledgement"},
     [](const QueueStats& s) { return s.counters.got_auto_ack; }},
    {{"queue_messages_delivered_ack_total", Kind::counter,
      "Messages delivered to consumers that acknowledge"},
     [](const QueueStats& s) { return s.counters.delivered; }},
    {{"queue_messages_delivered_total", Kind::counter,
      "Messages delivered to consumers that do not acknowledge"},
     [](const QueueStats& s) { return s.counters.delivered_auto_ack; }},
    {{"queue_messages_redelivered_total", Kind::counter, "Messages handed out again"},
     [](const QueueStats& s) { return s.counters.redelivered; }},
    {{"queue_messages_acked_total", Kind::counter, "Messages acknowledged"},
     [](const QueueStats& s) { return s.counters.acked; }},
    {{"queue_get_empty_total", Kind::counter, "Times that basic.get found nothing"},
     [](const QueueStats& s) { return s.counters.got_empty; }}};

constexpr QueueMetric fates[] = {
    {{"queue_messages_accepted_total", Kind::counter, "Messages taken from publishers"},
     [](const QueueStats& s) { return s.counters.published; }},
    {{"queue_messages_refused_total", Kind::counter, "Messages refused because the queue is full"},
     [](const QueueStats& s) { return s.counters.refused; }},
    {{"queue_messages_expired_total", Kind::counter, "Messages whose time to live has passed"},
     [](const QueueStats& s) { return s.counters.expired; }},
    {{"queue_messages_dropped_total", Kind::counter, "Messages dropped by a length limit"},
     [](const QueueStats& s) { return s.counters.dropped; }},
    {{"queue_messages_rejected_total", Kind::counter, "Messages rejected by consumers"},
     [](const QueueStats& s) { return s.counters.rejected; }},
    {{"queue_messages_requeued_total", Kind::counter, "Messages returned by consumers"},
     [](const QueueStats& s) { return s.counters.requeued; }},
    {{"queue_messages_dead_lettered_total", Kind::counter,
      "Messages sent to a dead-letter exchange"},
     [](const QueueStats& s) { return s.counters.dead_lettered; }},
    {{"queue_messages_duplicate_total", Kind::counter, "Messages not taken because they were here"},
     [](const QueueStats& s) { return s.counters.duplicates; }},
    {{"queue_messages_purged_total", Kind::counter, "Messages purged"},
     [](const QueueStats& s) { return s.counters.purged; }}};

constexpr Metric info{"queue_info", Kind::gauge, "Type of the queue, and what this node is to it"};

bool is_shown(const QueueMetric& metric, QueueType type) {
    return metric.of_streams || type != QueueType::stream;
}

bool is_shown(const TypeMetric& metric, QueueType type) {
    return metric.type == type;
}

// One sample a queue of the types that the metric is about, or their sum.
template <typename Table>
void add_all(Exposition& exposition, const SnapshotRef& snapshot, const Table& table) {
    for (const auto& each : table) {
        if (!snapshot->per_object) {
            exposition.add(each.metric, each.of(snapshot->shown_total));
            continue;
        }
        exposition.add(each.metric, snapshot->queues.size(),
                       [snapshot, &each](Samples& samples, std::size_t row) {
                           const QueueRow& queue = snapshot->queues[row];
                           if (is_shown(each, queue.type))
                               samples.write(queue.labels, each.of(queue.stats));
                       });
    }
}

}  // namespace

void add_queue_coarse_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    add_all(exposition, snapshot, coarse);
}

void add_queue_consumer_count(Exposition& exposition, const SnapshotRef& snapshot) {
    if (!snapshot->per_object) return exposition.add(consumers, snapshot->shown_total.consumers);
    exposition.add(consumers, snapshot->queues.size(),
                   [snapshot](Samples& samples, std::size_t row) {
                       const QueueRow& queue = snapshot->queues[row];
                       samples.write(queue.labels, queue.stats.consumers);
                   });
}

void add_queue_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    add_queue_consumer_count(exposition, snapshot);
    for (const Metric& metric : capacities) {
        if (!snapshot->per_object) {
            exposition.add_real(metric, capacity_of(snapshot->shown_total));
            continue;
        }
        exposition.add(metric, snapshot->queues.size(),
                       [snapshot](Samples& samples, std::size_t row) {
                           const QueueRow& queue = snapshot->queues[row];
                           if (queue.type != QueueType::stream)
                               samples.write_real(queue.labels, capacity_of(queue.stats));
                       });
    }
    add_all(exposition, snapshot, figures);
    add_all(exposition, snapshot, by_type);
    // As in RabbitMQ nothing stands for all queues together.
    exposition.add(head_timestamp, snapshot->per_object ? snapshot->queues.size() : 0,
                   [snapshot](Samples& samples, std::size_t row) {
                       const QueueRow& queue = snapshot->queues[row];
                       if (queue.stats.head_timestamp_s)
                           samples.write(queue.labels, *queue.stats.head_timestamp_s);
                   });
}

void add_queue_delivery_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    add_all(exposition, snapshot, deliveries);
}

// As in RabbitMQ there is none without a consumer.
void add_stream_consumer_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    if (!snapshot->per_object)
        return exposition.add(offset_lag, 1, [snapshot](Samples& samples, std::size_t) {
            if (const auto lag = snapshot->shown_total.offset_lag_max) samples.write({}, *lag);
        });
    exposition.add(offset_lag, snapshot->queues.size(),
                   [snapshot](Samples& samples, std::size_t row) {
                       const QueueRow& queue = snapshot->queues[row];
                       if (queue.stats.offset_lag_max)
                           samples.write(queue.labels, *queue.stats.offset_lag_max);
                   });
}

void add_queue_fate_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    add_all(exposition, snapshot, fates);
}

void add_queue_info(Exposition& exposition, const SnapshotRef& snapshot) {
    exposition.add(info, snapshot->queues.size(), [snapshot](Samples& samples, std::size_t row) {
        const QueueRow& queue = snapshot->queues[row];
        samples.write(
            joined(joined(queue.labels, label("queue_type", broker::module_name_of(queue.type))),
                   label("membership", "leader")),
            1);
    });
}

std::size_t samples_per_queue(QueueType type) {
    const std::size_t of_raft = type == QueueType::quorum ? samples_per_raft_group() : 0;
    return std::size(coarse) + 1 + std::size(capacities) + std::size(figures) +
           std::size(deliveries) + std::size(fates) + of_raft + 4;
}

}  // namespace warren::http::metrics
