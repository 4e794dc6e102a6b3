// A queue on the log engine, on a simulated disk: the random commands of the queue's simulation,
// with files so small that everything is retired, loaded and copied all the time, and with stops
// and crashes of the machine in between. A failing seed is printed and replays alone:
// --gtest_filter=*queue_on_engine*/<seed>.
#include <algorithm>
#include <optional>

#include "broker/queue/queue_simulation.h"
#include "storage/log_engine.h"
#include "tests/sim/simulated_disk.h"
#include "tests/sim/simulated_lane.h"

namespace warren::broker::testing {
namespace {

class EngineLog final : public SimulatedLog, private storage::EngineEvents {
public:
    explicit EngineLog(std::uint64_t seed) : random_(seed), disk_(random_.next()) {}
    ~EngineLog() override {
        log_lane_.drop_all();
        store_lane_.drop_all();
    }

    Restored attach(Queue& queue) override {
        start();
        const Restored restored = open(queue);
        engine_->drop_unclaimed();
        return restored;
    }
    bool can_reopen() const override { return true; }
    void reopen(Queue& queue) override { open(queue); }
    void end_turn(Instant now) override {
        now_ = now;
        last_commit_ = std::max(last_commit_, engine_->end_turn(now, chance(2)));
        run_lanes();
    }
    void progress(Queue& queue, const QueueModel&) override {
        if (chance(20)) queue.spill();
        run_lanes();
    }
    std::set<std::uint64_t> end_process(Queue& queue, const QueueModel& model,
                                        bool crashed) override {
        std::set<std::uint64_t> positions;
        if (crashed) {
            // What the model has must be on disk; what it has not may not come back.
            queue.log_pending();
            end_turn(now_);
            for (int turns = 0; engine_->durable_through() < last_commit_; ++turns) {
                ENSURE(turns < 1000);
                if (!log_lane_.idle()) log_lane_.run_one();
                // What nobody waits for is synced some time later.
                now_ = now_.plus_ms(10);
                engine_->end_turn(now_, true);
            }
        } else {
            stop(queue);
        }
        for (const ModelMessage& message : model.messages())
            if (message.kept) positions.insert(message.position);
        ended_ = crashed
                     ? std::optional(chance(2) ? sim::Crash::power_loss : sim::Crash::process_kill)
                     : std::nullopt;
        return positions;
    }
    void check(Queue&, const QueueModel&) override {
        ASSERT_EQ(engine_->state(), storage::EngineState::healthy);
    }

private:
    // True once in `odds`.
    bool chance(std::uint64_t odds) { return random_.below(odds) == 0; }

    Restored open(Queue& queue) {
        Restored restored;
        queue.attach(
            [&](auto& owner, auto& sink, auto& found) {
                auto log = engine_->attach(queue.id(), owner, sink, found);
                restored = found;
                return log;
            },
            {.embed_bytes_max = 200});
        return restored;
    }
    void run_lanes() {
        for (auto steps = random_.below(6); steps != 0; --steps) {
            sim::SimulatedLane& lane = chance(2) ? log_lane_ : store_lane_;
            if (lane.finished() != 0 && chance(2))
                lane.run_done();
            else if (lane.waiting() != 0)
                lane.run_work();
        }
    }
    // The process before, if there was one, has ended; its queue too.
    void start() {
        log_lane_.drop_all();
        store_lane_.drop_all();
        engine_.reset();
        if (ended_) disk_.restart(*ended_);
        auto opened = storage::LogEngine::open({.folder = "shard",
                                                .wal_file_bytes = 4u << 10,
                                                .wal_bytes_max = 20u << 10,
                                                .unflushed_bytes_max = 3u << 10,
                                                .small_segment_bytes = 2u << 10},
                                               disk_, log_lane_, store_lane_, *this);
        ENSURE(opened.has_value());
        engine_ = std::move(*opened);
        last_commit_ = engine_->durable_through();
        EXPECT_EQ(engine_->recovery().damages, std::vector<std::string>{});
    }
    void stop(Queue& queue) {
        bool stopped = false;
        queue.log_pending();
        engine_->stop([&](QueueId) { return queue.delivered_through(); }, [&] { stopped = true; });
        for (int turns = 0; !stopped; ++turns) {
            ENSURE(turns < 1000);
            engine_->end_turn(now_, true);
            for (sim::SimulatedLane* lane : {&log_lane_, &store_lane_})
                if (!lane->idle()) lane->run_one();
        }
    }

    void durable(storage::CommitNumber) override {}
    void state_changed(storage::EngineState, const std::string& text) override {
        ADD_FAILURE() << text;
    }
    void damage_found(const std::string& text) override { ADD_FAILURE() << text; }

    Prng random_;
    sim::SimulatedDisk disk_;
    sim::SimulatedLane log_lane_;
    sim::SimulatedLane store_lane_;
    std::unique_ptr<storage::LogEngine> engine_;
    std::optional<sim::Crash> ended_;
    Instant now_;
    storage::CommitNumber last_commit_ = 0;
};

class queue_on_engine : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(queue_on_engine, says_what_the_naive_model_says) {
    Prng seeds(GetParam());
    for (int game = 0; game < 10 && !HasFatalFailure(); ++game) {
        SCOPED_TRACE("game " + std::to_string(game));
        QueueSimulation(seeds.next(), std::make_unique<EngineLog>(seeds.next())).run(1500);
    }
}

INSTANTIATE_TEST_SUITE_P(seeds, queue_on_engine, ::testing::Range<std::uint64_t>(1, 21));

}  // namespace
}  // namespace warren::broker::testing
