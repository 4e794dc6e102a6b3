#pragma once
// The queue and its naive model, given the same random commands: what they say must be the same,
// word for word. Most queues have a log: then messages are paged out at any moment, which nobody
// may notice, and now and then the queue is made anew from it. What kind of log that is, is up to
// the test.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <set>

#include "base/prng.h"
#include "broker/queue/queue.h"
#include "broker/queue/queue_logging_host.h"
#include "broker/queue/queue_model.h"

namespace warren::broker::testing {

// The log of a simulated queue, and what is below it.
class SimulatedLog {
public:
    using Restored = storage::LogEngine::Restored;

    virtual ~SimulatedLog() = default;
    // A queue has just been made: gives it its log.
    virtual Restored attach(Queue& queue) = 0;
    // The queue was at rest and has been made again, by the same process. False: this log cannot be
    // opened twice in one.
    virtual bool can_reopen() const { return false; }
    virtual void reopen(Queue&) {}
    // The turn is over for the queue.
    virtual void end_turn(Instant now) = 0;
    // At any moment: the disk has got a little further, and something may be paged out.
    virtual void progress(Queue& queue, const QueueModel& model) = 0;
    // The process ends in between two commands. Returns the positions of what will be found;
    // `crashed`: nothing is said about how far the queue had delivered.
    virtual std::set<std::uint64_t> end_process(Queue& queue, const QueueModel& model,
                                                bool crashed) = 0;
    // What must be true between commands.
    virtual void check(Queue& queue, const QueueModel& model) = 0;
};

class QueueSimulation {
public:
    // `log` may be null.
    QueueSimulation(std::uint64_t seed, std::unique_ptr<SimulatedLog> log);

    void run(int steps);

private:
    // True once in `odds`.
    bool chance(std::uint64_t odds) { return random_.below(odds) == 0; }
    QueueSettings random_settings();
    void random_policy(QueueSettings& settings);
    ConsumerId random_channel();
    ConsumerId random_consumer();
    std::size_t random_body_bytes();

    void random_command();
    void publish();
    void settle();
    void credit();
    void grant();
    void consume();
    void cancel();
    void get();
    void release_or_recover();
    void inspect();
    void rare_command();
    void letter_done();

    void end_turn();
    void advance(std::int64_t ms);
    void make_queue();
    SimulatedLog::Restored attach_log();
    void restart();
    void rest();
    void compare();

    Prng random_;
    bool long_backlog_;  // limits are rare, and consumers slow
    QueueSettings settings_;
    LoggingHost host_;
    std::unique_ptr<SimulatedLog> log_;  // outlives the queue
    std::unique_ptr<Queue> queue_;
    QueueModel model_;
    std::uint64_t sequence_ = 0;
    std::uint32_t consumer_number_ = 0;
    int queue_gone_for_ = 0;
};

}  // namespace warren::broker::testing
