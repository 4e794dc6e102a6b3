#pragma once
// The main kind of run: producers and consumers over some queues. Connects them all, starts them
// together, measures between two snapshots, then lets everything that was published arrive and
// checks that it did.
#include <memory>
#include <optional>
#include <vector>

#include "consumer.h"
#include "outcome.h"
#include "process_watch.h"
#include "run_state.h"
#include "topology.h"
#include "worker.h"

namespace loadgen {

class LoadRun {
public:
    explicit LoadRun(const Options& options);
    // Throws BrokerError when the broker cannot be talked to at all.
    Outcome execute();

private:
    struct Snapshot {
        Nanos at = 0;
        Tally tally;
        std::optional<ProcessUsage> broker;
        double own_cpu_s = 0;
    };

    void connect_peers();
    void start_peers();
    void measure();
    void wind_down();
    void stop_peers();
    Outcome collect();

    Worker& worker_for_producer(unsigned index) { return *workers_[index % workers_.size()]; }
    // From the other end, so that one producer and one consumer on two threads do not share one.
    // All consumers of a queue are on one thread, because they share its record.
    Worker& worker_for_queue(unsigned queue) {
        return *workers_[workers_.size() - 1 - queue % workers_.size()];
    }
    void wake_workers();
    Tally tally() const;
    Snapshot snapshot() const;
    // Looks at the broker's memory and prints progress now and then; sleeps a moment.
    void watch();
    void print_progress(Nanos now);
    std::uint64_t expected_deliveries(const Tally& tally) const;
    bool all_arrived(const Tally& tally) const;
    bool producers_finished() const { return run_.producers_done.load() == options_.producers; }
    void await_backlog();
    std::string describe_messages(const Snapshot& from, const Snapshot& to, const Tally& total,
                                  JsonObject& json) const;
    void report_losses(Tally& total);

    const Options& options_;
    RunState run_;
    Topology topology_;
    ProcessWatch broker_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::vector<QueueRecord> records_;
    std::uint64_t drain_target_ = 0;
    std::uint64_t held_before_ = 0;  // by queues that were there already
    Nanos started_at_ = 0;
    Snapshot from_;
    Snapshot to_;
    Snapshot shown_;  // at the last progress line
    Nanos memory_due_ = 0;
    std::uint64_t resident_peak_ = 0;
};

}  // namespace loadgen
