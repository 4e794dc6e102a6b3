#include "load_run.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "producer.h"

namespace loadgen {
namespace {

constexpr Nanos memory_interval = 250'000'000;

}  // namespace

LoadRun::LoadRun(const Options& options)
    : options_(options), topology_(options), broker_(options.broker_pid) {
    const unsigned records = options.streams ? options.consumers : options.queues;
    for (unsigned i = 0; i < records; ++i)
        records_.push_back({.queue = i % options.queues, .sources = {}});
    for (unsigned i = 0; i < options.threads; ++i)
        workers_.push_back(std::make_unique<Worker>(run_));
}

Outcome LoadRun::execute() {
    const bool brings_queues = !options_.predeclared && !options_.drain;
    if (brings_queues) topology_.declare();
    if (options_.drain) {
        drain_target_ = topology_.ready_messages();
        if (options_.streams) drain_target_ *= options_.consumers;
    } else if (options_.predeclared && options_.consumers == 0) {
        held_before_ = topology_.ready_messages();
    }
    connect_peers();
    start_peers();
    measure();
    wind_down();
    stop_peers();
    Outcome outcome = collect();
    if (brings_queues && !options_.keep && !run_.failed()) topology_.remove();
    return outcome;
}

void LoadRun::connect_peers() {
    for (unsigned i = 0; i < options_.consumers; ++i) {
        ControlClient client(options_.target);
        client.handshake();
        // A stream's readers have a record each.
        const unsigned first = options_.streams ? i : i % options_.queues;
        std::vector<QueueRecord*> records;
        for (unsigned record = first; record < records_.size(); record += options_.consumers)
            records.push_back(&records_[record]);
        Worker& worker = worker_for_queue(first);
        worker.add(std::make_unique<Consumer>(options_, i, records, client, worker.context()));
    }
    for (unsigned i = 0; i < options_.producers; ++i) {
        ControlClient client(options_.target);
        client.handshake();
        Worker& worker = worker_for_producer(i);
        worker.add(std::make_unique<Producer>(options_, i, client, worker.context()));
    }
}

// Producers wait until all consumers are there; when a backlog is drained the clock starts before
// the consumers do.
void LoadRun::start_peers() {
    started_at_ = monotonic_now();
    if (options_.drain) {
        from_ = snapshot();
        run_.measuring = true;
    }
    for (const auto& worker : workers_)
        worker->start();
    const Nanos give_up = monotonic_now() + to_nanos(60);
    while (run_.consumers_ready.load() < options_.consumers && !run_.stop.load()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        if (monotonic_now() > give_up)
            run_.fail("not every consumer was answered within 60 s", true);
    }
}

void LoadRun::measure() {
    if (!options_.drain) started_at_ = monotonic_now();
    const bool warms_up = !options_.drain && options_.warmup_s > 0;
    if (!options_.drain && !warms_up) {
        // Before the first message leaves: this thread may be kept waiting right after it has said
        // go.
        from_ = snapshot();
        run_.measuring = true;
    }
    run_.go = true;
    wake_workers();
    shown_ = snapshot();
    if (warms_up) {
        const Nanos warm = started_at_ + to_nanos(options_.warmup_s);
        while (!run_.stop.load() && monotonic_now() < warm)
            watch();
        from_ = snapshot();
        run_.measuring = true;
    }
    const Nanos end = from_.at + to_nanos(options_.seconds);
    const bool by_count = options_.drain || options_.count > 0;
    Nanos progress_at = monotonic_now();
    std::uint64_t progress = 0;
    while (!run_.stop.load()) {
        const Tally now = tally();
        const Nanos time = monotonic_now();
        if (now.unique + now.published + now.confirmed != progress) {
            progress = now.unique + now.published + now.confirmed;
            progress_at = time;
        }
        if (by_count && producers_finished() && all_arrived(now)) break;
        if (by_count && time > progress_at + to_nanos(options_.drain_timeout_s)) break;
        if (!by_count && time >= end) break;
        watch();
    }
    to_ = snapshot();
    run_.measuring = false;
    run_.stop_publishing = true;
    wake_workers();
}

// Nothing more is published; what is on its way arrives, or stops arriving.
void LoadRun::wind_down() {
    Nanos progress_at = monotonic_now();
    std::uint64_t progress = 0;
    while (!run_.stop.load()) {
        const Tally now = tally();
        if (producers_finished() && all_arrived(now)) break;
        if (now.unique + now.confirmed != progress) {
            progress = now.unique + now.confirmed;
            progress_at = monotonic_now();
        }
        const double patience =
            options_.allow_loss && producers_finished() ? 1.0 : options_.drain_timeout_s;
        if (monotonic_now() > progress_at + to_nanos(patience)) break;
        watch();
    }
    if (!run_.stop.load() && !producers_finished())
        run_.fail("the broker stopped taking or confirming messages", false);
    if (!run_.stop.load() && options_.consumers == 0 && !options_.allow_loss) await_backlog();
}

// Without consumers the queues must come to hold everything that was published.
void LoadRun::await_backlog() {
    const std::uint64_t expected = held_before_ + expected_deliveries(tally());
    Nanos progress_at = monotonic_now();
    std::uint64_t ready = 0;
    while (ready != expected) {
        const std::uint64_t now = topology_.ready_messages();
        if (now != ready) progress_at = monotonic_now();
        ready = now;
        if (monotonic_now() > progress_at + to_nanos(options_.drain_timeout_s)) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (ready != expected) {
        run_.fail(
            "the queues hold " + std::to_string(ready) + " messages of " + std::to_string(expected),
            false);
    }
}

void LoadRun::stop_peers() {
    run_.stop = true;
    wake_workers();
    for (const auto& worker : workers_)
        worker->join();
}

void LoadRun::wake_workers() {
    for (const auto& worker : workers_)
        worker->wake();
}

Tally LoadRun::tally() const {
    Tally sum;
    for (const auto& worker : workers_)
        sum.add(worker->tally());
    return sum;
}

LoadRun::Snapshot LoadRun::snapshot() const {
    return {.at = monotonic_now(),
            .tally = tally(),
            .broker = broker_.sample(),
            .own_cpu_s = own_cpu_s()};
}

std::uint64_t LoadRun::expected_deliveries(const Tally& tally) const {
    if (options_.drain) return drain_target_;
    return (tally.published - tally.returned - tally.refused) * options_.copies_of_each_message();
}

bool LoadRun::all_arrived(const Tally& tally) const {
    return options_.consumers == 0 || tally.unique >= expected_deliveries(tally);
}

void LoadRun::watch() {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const Nanos now = monotonic_now();
    if (broker_.active() && now >= memory_due_) {
        memory_due_ = now + memory_interval;
        const auto usage = broker_.sample();
        if (!usage) {
            run_.fail("the broker's process has gone", true);
        } else {
            resident_peak_ = std::max(resident_peak_, usage->resident_bytes);
        }
    }
    if (!options_.quiet && now >= shown_.at + to_nanos(options_.interval_s)) print_progress(now);
}

void LoadRun::print_progress(Nanos now) {
    const Tally sum = tally();
    const double seconds = to_seconds(now - shown_.at);
    const auto rate = [&](std::uint64_t to, std::uint64_t from) {
        return with_thousands(static_cast<double>(to - from) / seconds);
    };
    std::fprintf(stderr, "%6.1f s  published %s/s  delivered %s/s", to_seconds(now - started_at_),
                 rate(sum.published, shown_.tally.published).c_str(),
                 rate(sum.delivered, shown_.tally.delivered).c_str());
    if (options_.confirm_window > 0) {
        std::fprintf(stderr, "  confirmed %s/s",
                     rate(sum.confirmed, shown_.tally.confirmed).c_str());
    }
    std::fprintf(stderr, "\n");
    shown_.at = now;
    shown_.tally = sum;
}

}  // namespace loadgen
