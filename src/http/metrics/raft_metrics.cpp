#include "http/metrics/raft_metrics.h"

#include <iterator>

namespace warren::http::metrics {

namespace {

using broker::QueueType;
using broker::RaftFigures;
using storage::EngineStats;

struct GroupMetric {
    Metric metric;
    std::uint64_t (*of)(const RaftFigures&);
};

// Each message leaves the log by itself when it has left the queue: of what is committed nothing
// else is kept, as behind a snapshot that is taken all the time.
constexpr GroupMetric groups[] = {
    {{"raft_term", Kind::counter, "Term of the Raft group"},
     [](const RaftFigures& raft) { return raft.term; }},
    {{"raft_last_index", Kind::counter, "Index of the newest Raft entry"},
     [](const RaftFigures& raft) { return raft.last_index; }},
    {{"raft_last_written_index", Kind::counter, "Index of the newest Raft entry that is synced"},
     [](const RaftFigures& raft) { return raft.commit_index; }},
    {{"raft_commit_index", Kind::counter, "Index of the newest Raft entry that is committed"},
     [](const RaftFigures& raft) { return raft.commit_index; }},
    {{"raft_last_applied", Kind::gauge, "Index of the newest Raft entry that is applied"},
     [](const RaftFigures& raft) { return raft.commit_index; }},
    {{"raft_snapshot_index", Kind::counter,
      "Index up to which nothing is kept but what is in the queue"},
     [](const RaftFigures& raft) { return raft.commit_index; }},
    {{"raft_num_segments", Kind::gauge, "Segment files with messages of the queue"},
     [](const RaftFigures& raft) { return raft.segments; }}};

// RabbitMQ adds these up in /metrics.
constexpr GroupMetric groups_until_4_1[] = {
    {{"raft_term_total", Kind::counter, "The same as raft_term"},
     [](const RaftFigures& raft) { return raft.term; }},
    {{"raft_log_snapshot_index", Kind::gauge, "The same as raft_snapshot_index"},
     [](const RaftFigures& raft) { return raft.commit_index; }},
    {{"raft_log_last_applied_index", Kind::gauge, "The same as raft_last_applied"},
     [](const RaftFigures& raft) { return raft.commit_index; }},
    {{"raft_log_commit_index", Kind::gauge, "The same as raft_commit_index"},
     [](const RaftFigures& raft) { return raft.commit_index; }},
    {{"raft_log_last_written_index", Kind::gauge, "The same as raft_last_written_index"},
     [](const RaftFigures& raft) { return raft.commit_index; }}};

constexpr Metric latencies[] = {
    {"raft_commit_latency_seconds", Kind::gauge,
     "For how long the newest entry with messages waited for its sync"},
    {"raft_entry_commit_latency_seconds", Kind::gauge, "The same as raft_commit_latency_seconds"}};
constexpr const Metric& latency_until_4_1 = latencies[1];
constexpr Metric latency_max{"raft_max_commit_latency_seconds", Kind::gauge,
                             "The longest of these waits among quorum queues"};
constexpr Metric segments_max{"raft_max_num_segments", Kind::gauge,
                              "The most segment files that a quorum queue has messages in"};

// Of the log that all queues share.
struct LogMetric {
    Metric metric;
    std::uint64_t (*of_log)(const EngineStats&);       // null: not of the write-ahead log
    std::uint64_t (*of_segments)(const EngineStats&);  // null: not of segments
};
constexpr LogMetric logs[] = {
    {{"raft_wal_files", Kind::counter, "Files of the write-ahead log that were begun"},
     [](const EngineStats& log) { return log.wal_files_begun; },
     nullptr},
    {{"raft_batches", Kind::counter, "Batches written to the log"},
     [](const EngineStats& log) { return log.batches; },
     nullptr},
    {{"raft_bytes_written", Kind::counter, "Bytes written to the log, and to segments"},
     [](const EngineStats& log) { return log.written_bytes; },
     [](const EngineStats& log) { return log.segment_bytes_written; }},
    {{"raft_entries", Kind::counter, "Messages that have gone from log and memory into segments"},
     nullptr,
     [](const EngineStats& log) { return log.segment_entries_written; }},
    {{"raft_segments", Kind::counter, "Segments written"},
     nullptr,
     [](const EngineStats& log) { return log.segments_written; }},
    {{"raft_mem_tables", Kind::counter, "The same as raft_segments: each is written at once"},
     nullptr,
     [](const EngineStats& log) { return log.segments_written; }}};

double seconds_of(std::uint64_t ms) {
    return static_cast<double>(ms) / 1000;
}

std::string quorum_system() {
    return label("ra_system", "quorum_queues");
}

void add_log_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    for (const LogMetric& each : logs)
        exposition.add(each.metric, 1, [snapshot, &each](Samples& samples, std::size_t) {
            const auto write = [&](std::string_view module, const auto& of) {
                if (of != nullptr)
                    samples.write(joined(label("module", module), quorum_system()),
                                  of(snapshot->log));
            };
            write("ra_log_wal", each.of_log);
            write("ra_log_segment_writer", each.of_segments);
        });
}

void add_totals(Exposition& exposition, const SnapshotRef& snapshot) {
    exposition.add(latency_max, 1, [snapshot](Samples& samples, std::size_t) {
        samples.write_real(quorum_system(),
                           seconds_of(snapshot->shown_total.raft.commit_latency_ms));
    });
    exposition.add(segments_max, 1, [snapshot](Samples& samples, std::size_t) {
        samples.write(quorum_system(), snapshot->shown_total.raft.segments);
    });
    for (const GroupMetric& each : groups_until_4_1)
        exposition.add(each.metric, each.of(snapshot->shown_total.raft));
    exposition.add_real(latency_until_4_1,
                        seconds_of(snapshot->shown_total.raft.commit_latency_ms));
}

void add_group(Exposition& exposition, const SnapshotRef& snapshot, const GroupMetric& each) {
    exposition.add(each.metric, snapshot->queues.size(),
                   [snapshot, &each](Samples& samples, std::size_t row) {
                       const QueueRow& queue = snapshot->queues[row];
                       if (queue.type == QueueType::quorum)
                           samples.write(queue.labels, each.of(queue.stats.raft));
                   });
}

}  // namespace

void add_raft_metrics(Exposition& exposition, const SnapshotRef& snapshot) {
    add_log_metrics(exposition, snapshot);
    if (!snapshot->per_object) return add_totals(exposition, snapshot);
    for (const GroupMetric& each : groups)
        add_group(exposition, snapshot, each);
    for (const GroupMetric& each : groups_until_4_1)
        add_group(exposition, snapshot, each);
    for (const Metric& latency : latencies)
        exposition.add(latency, snapshot->queues.size(),
                       [snapshot](Samples& samples, std::size_t row) {
                           const QueueRow& queue = snapshot->queues[row];
                           if (queue.type == QueueType::quorum)
                               samples.write_real(queue.labels,
                                                  seconds_of(queue.stats.raft.commit_latency_ms));
                       });
}

std::size_t samples_per_raft_group() {
    return std::size(groups) + std::size(groups_until_4_1) + std::size(latencies);
}

}  // namespace warren::http::metrics
