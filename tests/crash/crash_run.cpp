#include "crash_run.h"

#include <chrono>
#include <cstdio>
#include <thread>

#include "inspector.h"
#include "stream_reader.h"

namespace crash {
namespace {

constexpr unsigned ends_in_order_percent = 15;
constexpr unsigned killed_while_starting_percent = 30;
constexpr unsigned drained_twice_percent = 30;

}  // namespace

CrashRun::CrashRun(RunOptions options)
    : options_(std::move(options)), server_(options_.server), world_(options_.seed) {}

bool CrashRun::execute() {
    const Nanos begin = loadgen::monotonic_now();
    const auto time_is_over = [&] {
        return options_.seconds_max > 0 &&
               loadgen::to_seconds(loadgen::monotonic_now() - begin) > options_.seconds_max;
    };
    if (!start()) return false;
    Inspector(target(), world_.faults).declare_plan(world_.plan, false);
    while (round_ < options_.rounds && !time_is_over()) {
        ++round_;
        live();
        if (world_.random.percent(killed_while_starting_percent)) kill_while_starting();
        if (!start() || !verify()) return false;
    }
    server_.ask_to_stop();
    if (!server_.wait_until_stopped()) world_.faults.add("the server did not stop as asked");
    return !world_.faults.any();
}

loadgen::Target CrashRun::target() const {
    loadgen::Target target;
    target.port = server_.port();
    return target;
}

void CrashRun::say(const std::string& text) const {
    if (options_.quiet) return;
    std::printf("round %llu: %s\n", static_cast<unsigned long long>(round_), text.c_str());
    std::fflush(stdout);
}

bool CrashRun::start() {
    const Nanos begin = loadgen::monotonic_now();
    server_.spawn();
    if (!server_.wait_until_ready()) {
        world_.faults.add("the server does not start");
        return false;
    }
    char text[64];
    std::snprintf(text, sizeof text, "ready after %.0f ms",
                  loadgen::to_seconds(loadgen::monotonic_now() - begin) * 1000);
    say(text);
    return true;
}

// Recovery must bear its own end at any moment.
void CrashRun::kill_while_starting() {
    server_.spawn();
    std::this_thread::sleep_for(
        std::chrono::duration<double, std::milli>(world_.random.between(0, 40)));
    server_.kill();
    say("killed while starting");
}

bool CrashRun::verify() {
    Inspector inspector(target(), world_.faults);
    inspector.declare_plan(world_.plan, true);
    inspector.verify(world_.topology);
    if (world_.random.percent(drained_twice_percent)) verify_queues();
    if (!world_.faults.any()) verify_queues();
    say(std::to_string(world_.record.counts().verified) +
        " copies found where they must be so far");
    return !world_.faults.any();
}

void CrashRun::verify_queues() {
    world_.record.begin_verification(loadgen::monotonic_now());
    std::vector<std::unique_ptr<Drain>> drains(world_.plan.queues.size());
    for (const QueueIndex queue : world_.plan.in_order_of_flow()) {
        drains[queue] = std::make_unique<Drain>(target(), world_.plan, queue, world_.maker,
                                                world_.record, world_.faults);
        drains[queue]->take_all(world_.record.expected_in(queue));
        world_.record.verify_contents(queue, drains[queue]->contents());
    }
    world_.record.finish_verification();
    for (const QueueIndex queue : world_.plan.in_order_of_flow())
        drains[queue]->release(world_.plan.queues[queue].kept_max);
    for (std::size_t i = 0; i < world_.plan.queues.size(); ++i)
        if (world_.plan.queues[i].is_stream()) verify_stream(static_cast<QueueIndex>(i));
}

// A long one from anywhere on: a part of it, and all that is new.
void CrashRun::verify_stream(QueueIndex stream) {
    const bool is_cut = world_.plan.queues[stream].stream_bytes_max > 0;
    const std::uint64_t end = world_.record.streams().end(stream);
    const std::uint64_t begin = is_cut ? 0 : world_.random.below(end + 1);
    std::vector<StreamEntry> contents;
    StreamReader reader(
        target(), world_.plan, stream, world_.maker, static_cast<std::int64_t>(begin),
        [&](const StreamEntry& entry) { contents.push_back(entry); }, world_.faults);
    reader.read_all();
    world_.record.verify_stream(stream, begin, contents);
}

void CrashRun::live() {
    Traffic traffic(target(), world_);
    traffic.run(world_.random.between(0, options_.life_seconds_max));
    if (world_.random.percent(ends_in_order_percent))
        die_in_order(traffic);
    else
        die_by_signal(traffic);
    world_.record.server_ended(loadgen::monotonic_now());
}

void CrashRun::die_by_signal(Traffic& traffic) {
    server_.kill();
    traffic.read_last_words();
    const RecordCounts& counts = world_.record.counts();
    say("killed; so far " + std::to_string(counts.published) + " published, " +
        std::to_string(counts.confirmed) + " confirmed, " + std::to_string(counts.settled) +
        " settled, " + std::to_string(counts.proven) + " of them for certain");
}

void CrashRun::die_in_order(Traffic& traffic) {
    traffic.stop_settling();
    server_.ask_to_stop();
    traffic.read_last_words();
    if (!server_.wait_until_stopped()) world_.faults.add("the server did not stop as asked");
    say("stopped in order");
}

}  // namespace crash
