#include "traffic.h"

#include <poll.h>

#include <algorithm>

#include "stream_reader.h"

namespace crash {
namespace {

constexpr int readers_per_stream = 2;
constexpr double settle_seconds_max = 20;
constexpr double last_words_seconds_max = 20;

}  // namespace

Traffic::Traffic(const loadgen::Target& target, World& world) {
    const Plan& plan = world.plan;
    for (std::size_t i = 0; i < plan.queues.size(); ++i) {
        const auto queue = static_cast<QueueIndex>(i);
        for (int reader = 0; plan.queues[i].is_stream() && reader < readers_per_stream; ++reader)
            add_reader(target, world, queue);
        if (plan.queues[i].habit == Habit::absent) continue;
        auto consumer =
            std::make_unique<Consumer>(target, plan, queue, world.maker, world.record, world.next,
                                       Random(world.random.next()), world.faults);
        consumers_.push_back(consumer.get());
        sessions_.push_back(std::move(consumer));
    }
    for (std::size_t i = 0; i < plan.sources.size(); ++i) {
        if (plan.sources[i].barrier) continue;
        sessions_.push_back(std::make_unique<Publisher>(target, plan, static_cast<SourceIndex>(i),
                                                        world.maker, world.record, world.next,
                                                        world.faults));
    }
    sessions_.push_back(std::make_unique<TopologyChurn>(target, world.topology,
                                                        Random(world.random.next()), world.faults));
}

// From the first message on, or from any that is known, or what is still to come.
void Traffic::add_reader(const loadgen::Target& target, World& world, QueueIndex stream) {
    loadgen::FieldValue start = std::string(world.random.percent(50) ? "next" : "first");
    if (world.random.percent(50))
        start =
            static_cast<std::int64_t>(world.random.below(world.record.streams().end(stream) + 1));
    StreamRecord& record = world.record.streams();
    sessions_.push_back(std::make_unique<StreamReader>(
        target, world.plan, stream, world.maker, start,
        [&record, stream](const StreamEntry& entry) { record.read(stream, entry); }, world.faults));
}

void Traffic::turn(int timeout_ms) {
    std::vector<pollfd> waiting;
    for (const auto& session : sessions_) {
        session->work();
        session->write();
        const short events = session->wants_to_write() ? POLLIN | POLLOUT : POLLIN;
        waiting.push_back(
            {.fd = session->over() ? -1 : session->fd(), .events = events, .revents = 0});
    }
    poll(waiting.data(), waiting.size(), timeout_ms);
    for (std::size_t i = 0; i < sessions_.size(); ++i) {
        if ((waiting[i].revents & ~POLLOUT) != 0) sessions_[i]->read();
    }
}

void Traffic::run(double seconds) {
    const Nanos end = loadgen::monotonic_now() + loadgen::to_nanos(seconds);
    while (loadgen::monotonic_now() < end)
        turn(5);
}

void Traffic::stop_settling() {
    for (Consumer* const consumer : consumers_)
        consumer->stop_settling();
    const Nanos end = loadgen::monotonic_now() + loadgen::to_nanos(settle_seconds_max);
    const auto stopped = [](const Consumer* consumer) { return consumer->has_stopped(); };
    while (!std::ranges::all_of(consumers_, stopped) && loadgen::monotonic_now() < end)
        turn(5);
}

void Traffic::read_last_words() {
    const Nanos end = loadgen::monotonic_now() + loadgen::to_nanos(last_words_seconds_max);
    const auto over = [](const auto& session) { return session->over(); };
    while (!std::ranges::all_of(sessions_, over) && loadgen::monotonic_now() < end) {
        for (const auto& session : sessions_)
            session->read();
    }
}

}  // namespace crash
