// A stream on the log engine, on a simulated disk: files so small that everything is retired, read
// back, cut off and copied all the time, with stops and crashes in between. An array says what must
// be read. A failing seed replays alone: --gtest_filter=*stream_on_engine*/<seed>.
#include <algorithm>
#include <deque>
#include <optional>

#include "broker/stream/stream_test_base.h"
#include "storage/log_engine.h"
#include "tests/sim/simulated_disk.h"
#include "tests/sim/simulated_lane.h"

namespace warren::broker::testing {
namespace {

class stream_on_engine : public ::testing::TestWithParam<std::uint64_t>,
                         private storage::EngineEvents {
protected:
    stream_on_engine() : random_(GetParam()), disk_(random_.next()) {
        settings_.type = QueueType::stream;
        settings_.durable = true;
        settings_.segment_bytes_max = 1000 + random_.below(20'000);
        if (chance(2)) settings_.length_bytes_max = 20'000 + random_.below(50'000);
    }
    ~stream_on_engine() override { end_process(); }

    bool chance(std::uint64_t odds) { return random_.below(odds) == 0; }

    void start() {
        auto opened = storage::LogEngine::open({.folder = "shard",
                                                .wal_file_bytes = 4u << 10,
                                                .wal_bytes_max = 20u << 10,
                                                .unflushed_bytes_max = 3u << 10,
                                                .small_segment_bytes = 2u << 10},
                                               disk_, log_lane_, store_lane_, *this);
        ASSERT_TRUE(opened) << opened.error();
        engine_ = std::move(*opened);
        host_ = StreamHost();
        host_.clock = now_;
        stream_ = std::make_unique<StreamQueue>(QueueId{7}, "/", "s", settings_, host_);
        stream_->attach(
            [&](auto& owner, auto& sink, auto& restored) {
                return engine_->attach(QueueId{7}, owner, sink, restored);
            },
            {.embed_bytes_max = 200});
        engine_->drop_unclaimed();
        stream_->check_invariants();
    }

    void publish() {
        for (std::uint64_t count = 1 + random_.below(20); count != 0; --count) {
            const std::string body =
                std::to_string(all_.size()) + std::string(random_.below(400), 'x');
            all_.push_back(body);
            stream_->publish(text_message(body), {{1}, {1}, all_.size()});
        }
    }

    void end_turn(bool sync) {
        now_ = now_.plus_ms(1 + static_cast<std::int64_t>(random_.below(50)));
        host_.clock = now_;
        while (std::exchange(host_.turn_wanted, false))
            stream_->work();
        std::uint64_t mark = 0;
        if (std::exchange(host_.log_wanted, false)) mark = stream_->log_pending();
        const storage::CommitNumber commit = engine_->end_turn(now_, sync || mark != 0);
        if (mark != 0) waiting_.emplace_back(commit, mark);
        release();
        stream_->check_invariants();
    }
    void run_lanes() {
        for (auto steps = random_.below(6); steps != 0; --steps) {
            sim::SimulatedLane& lane = chance(2) ? log_lane_ : store_lane_;
            if (lane.finished() != 0 && chance(2))
                lane.run_done();
            else if (lane.waiting() != 0)
                lane.run_work();
        }
        release();
    }
    void release() {
        while (!waiting_.empty() && waiting_.front().first <= engine_->durable_through()) {
            safe_ = std::max(safe_, waiting_.front().second);
            stream_->committed(waiting_.front().second);
            waiting_.pop_front();
        }
    }

    // Everything that is there, and it is what the array has.
    void read_all() {
        host_.delivered.clear();
        std::uint64_t next = stream_->first_offset();
        const std::uint64_t end = stream_->end_offset();
        ConsumerSpec spec;
        spec.id = reader_id(1);
        spec.arguments = {{"x-stream-offset", "first"}};
        stream_->apply(Consume{std::move(spec), {}});
        while (std::exchange(host_.turn_wanted, false)) {
            stream_->work();
            Credit credit{.consumer = reader_id(1)};
            for (const auto& one : std::exchange(host_.delivered, {})) {
                ASSERT_EQ(one.offset, next++);
                ASSERT_EQ(one.body, all_.at(one.offset));
                ++credit.messages;
                credit.bytes += static_cast<std::uint32_t>(one.body.size());
            }
            stream_->apply(credit);
        }
        ASSERT_EQ(next, end);
        stream_->apply(Cancel{reader_id(1)});
    }

    void stop() {
        bool stopped = false;
        end_turn(true);
        engine_->stop([](QueueId) { return 0; }, [&] { stopped = true; });
        for (int turns = 0; !stopped; ++turns) {
            ASSERT_LT(turns, 1000);
            engine_->end_turn(now_, true);
            for (sim::SimulatedLane* lane : {&log_lane_, &store_lane_})
                if (!lane->idle()) lane->run_one();
        }
        release();
        ASSERT_EQ(safe_, all_.size());
        end_process();
    }
    void crash() {
        const bool power_loss = chance(2);
        end_process();
        disk_.restart(power_loss ? sim::Crash::power_loss : sim::Crash::process_kill);
    }
    void end_process() {
        log_lane_.drop_all();
        store_lane_.drop_all();
        waiting_.clear();
        stream_.reset();
        engine_.reset();
    }

    void look_at_what_is_there() {
        ASSERT_GE(stream_->end_offset(), safe_) << "confirmed messages are lost";
        ASSERT_LE(stream_->end_offset(), all_.size());
        all_.resize(stream_->end_offset());
        safe_ = all_.size();
        if (!settings_.length_bytes_max) {
            ASSERT_EQ(stream_->first_offset(), 0);
        }
        ASSERT_EQ(host_.damages, std::vector<std::string>{});
        read_all();
    }

    void live() {
        for (auto steps = 20 + random_.below(200); steps != 0; --steps) {
            if (!chance(3)) publish();
            if (chance(15)) stream_->spill();
            end_turn(chance(4));
            run_lanes();
            if (chance(25)) read_all();
            if (HasFatalFailure()) return;
        }
    }

    Prng random_;
    sim::SimulatedDisk disk_;
    sim::SimulatedLane log_lane_;
    sim::SimulatedLane store_lane_;
    QueueSettings settings_;
    StreamHost host_;
    std::unique_ptr<storage::LogEngine> engine_;
    std::unique_ptr<StreamQueue> stream_;
    std::deque<std::pair<storage::CommitNumber, std::uint64_t>> waiting_;
    std::vector<std::string> all_;
    std::uint64_t safe_ = 0;
    Instant now_{1'000'000};

private:
    void durable(storage::CommitNumber) override {}
    void state_changed(storage::EngineState, const std::string& text) override {
        ADD_FAILURE() << text;
    }
    void damage_found(const std::string& text) override { ADD_FAILURE() << text; }
};

TEST_P(stream_on_engine, is_an_array_through_crashes) {
    start();
    for (int life = 0; life < 8 && !HasFatalFailure(); ++life) {
        live();
        if (HasFatalFailure()) return;
        if (chance(3))
            stop();
        else
            crash();
        if (HasFatalFailure()) return;
        start();
        look_at_what_is_there();
    }
}

INSTANTIATE_TEST_SUITE_P(seeds, stream_on_engine, ::testing::Range<std::uint64_t>(1, 41));

}  // namespace
}  // namespace warren::broker::testing
