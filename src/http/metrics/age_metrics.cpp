// How long messages wait and stay unacknowledged: beyond RabbitMQ.
#include <algorithm>
#include <array>

#include "broker/queue/queue_ages.h"
#include "http/metrics/queue_metrics.h"

namespace warren::http::metrics {

namespace {

using broker::AgeHistogram;
using broker::QueueStats;

constexpr Metric oldest_ready{"queue_oldest_message_age_seconds", Kind::gauge,
                              "For how long the oldest ready message has waited"};
constexpr Metric oldest_unacked{"queue_oldest_unacknowledged_age_seconds", Kind::gauge,
                                "For how long the oldest unacknowledged delivery is held"};

struct HistogramMetric {
    Metric metric;
    const AgeHistogram& (*of)(const QueueStats&);
    std::uint64_t (*count)(const QueueStats&);
};

constexpr HistogramMetric histograms[] = {
    {{"queue_waiting_time_seconds", Kind::histogram,
      "For how long messages had waited when they were handed out"},
     [](const QueueStats& s) -> const AgeHistogram& { return s.ages.waited; },
     [](const QueueStats& s) { return broker::handed_out(s.counters); }},
    {{"queue_unacknowledged_time_seconds", Kind::histogram,
      "For how long deliveries had been unacknowledged when they were settled"},
     [](const QueueStats& s) -> const AgeHistogram& { return s.ages.held; },
     [](const QueueStats& s) { return broker::settled(s.counters); }}};

// By the bounds of the classes; the last one has none above.
constexpr std::string_view upper_bounds[] = {"0.01", "0.1",  "1",     "10",   "60",
                                             "600",  "3600", "21600", "86400"};
static_assert(std::size(upper_bounds) == broker::age_bounds_ms.size());

double seconds(std::int64_t ms) {
    return static_cast<double>(ms) / 1000;
}

std::optional<std::int64_t> unacked_age_ms(const QueueStats& stats) {
    if (!stats.oldest_unacked) return std::nullopt;
    return stats.oldest_unacked->age_ms;
}

void write_histogram(Samples& samples, std::string_view labels, const HistogramMetric& each,
                     const QueueStats& stats) {
    const AgeHistogram& histogram = each.of(stats);
    const std::uint64_t count = each.count(stats);
    std::uint64_t above = 0;
    for (const std::uint64_t of_class : histogram.counts)
        above += of_class;
    std::uint64_t below = count - std::min(count, above);
    for (std::size_t place = 0; place < std::size(upper_bounds); ++place) {
        samples.write_part("_bucket", joined(labels, label("le", upper_bounds[place])), below);
        below += histogram.counts[place];
    }
    samples.write_part("_bucket", joined(labels, label("le", "+Inf")), below);
    samples.write_real_part("_sum", labels, static_cast<double>(histogram.total_ms) / 1000);
    samples.write_part("_count", labels, below);
}

template <typename Age>
void add_age(Exposition& exposition, const SnapshotRef& snapshot, const Metric& metric, Age age) {
    if (!snapshot->per_object)
        return exposition.add_real(metric, seconds(age(snapshot->total).value_or(0)));
    exposition.add(metric, snapshot->queues.size(),
                   [snapshot, age](Samples& samples, std::size_t row) {
                       const QueueRow& queue = snapshot->queues[row];
                       if (const auto ms = age(queue.stats))
                           samples.write_real(queue.labels, seconds(*ms));
                   });
}

}  // namespace

void add_queue_oldest_ages(Exposition& exposition, const SnapshotRef& snapshot) {
    add_age(exposition, snapshot, oldest_ready,
            [](const QueueStats& stats) { return stats.oldest_ready_ms; });
    add_age(exposition, snapshot, oldest_unacked, unacked_age_ms);
}

void add_queue_ages(Exposition& exposition, const SnapshotRef& snapshot) {
    add_queue_oldest_ages(exposition, snapshot);
    for (const HistogramMetric& each : histograms) {
        const std::size_t rows = snapshot->per_object ? snapshot->queues.size() : 1;
        exposition.add(each.metric, rows, [snapshot, &each](Samples& samples, std::size_t row) {
            if (!snapshot->per_object) return write_histogram(samples, {}, each, snapshot->total);
            const QueueRow& queue = snapshot->queues[row];
            if (queue.type != broker::QueueType::stream && each.count(queue.stats) != 0)
                write_histogram(samples, queue.labels, each, queue.stats);
        });
    }
}

}  // namespace warren::http::metrics
