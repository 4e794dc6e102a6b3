#include "tests/sim/simulated_lane.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace warren::sim {
namespace {

TEST(simulated_lane, runs_work_and_done_when_told_to) {
    SimulatedLane lane;
    std::string log;
    for (const char name : {'a', 'b'})
        lane.submit([&log, name] { log += name; },
                    [&log, name] { log += static_cast<char>(name - 'a' + 'A'); });
    EXPECT_EQ(log, "");
    EXPECT_EQ(lane.waiting(), 2u);
    lane.run_work();
    lane.run_work();
    EXPECT_EQ(log, "ab");
    EXPECT_EQ(lane.finished(), 2u);
    lane.run_done();
    EXPECT_EQ(log, "abA");
    EXPECT_FALSE(lane.idle());
    lane.run_one();
    EXPECT_EQ(log, "abAB");
    EXPECT_TRUE(lane.idle());
}

TEST(simulated_lane, runs_what_is_submitted_meanwhile) {
    SimulatedLane lane;
    std::string log;
    lane.submit([&] { log += 'a'; },
                [&] {
                    lane.submit([&] { log += 'b'; }, [&] { log += 'B'; });
                    log += 'A';
                });
    lane.run_all();
    EXPECT_EQ(log, "aAbB");
}

TEST(simulated_lane, drops_jobs_unrun) {
    SimulatedLane lane;
    const auto witness = std::make_shared<int>();
    lane.submit([] {}, [witness] { FAIL() << "ran after the end"; });
    lane.submit([witness] { FAIL() << "ran after the end"; }, [] {});
    lane.run_work();
    lane.drop_all();
    EXPECT_TRUE(lane.idle());
    EXPECT_EQ(witness.use_count(), 1);
}

TEST(immediate_lane, runs_work_at_once_and_done_when_drained) {
    ImmediateLane lane;
    std::string log;
    lane.submit([&] { log += 'a'; },
                [&] {
                    lane.submit([&] { log += 'b'; }, [&] { log += 'B'; });
                    log += 'A';
                });
    EXPECT_EQ(log, "a");
    lane.drain();
    EXPECT_EQ(log, "abAB");
}

}  // namespace
}  // namespace warren::sim
