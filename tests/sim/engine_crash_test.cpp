// The log engine is crashed at every call to the disk of a few simulated lives, and at random calls
// of many more. The long form: make sim.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include "tests/sim/engine_simulation.h"

namespace warren::sim {
namespace {

// Of the simulation that is running, for the message when it aborts.
std::string running;

void say_what_was_running(int) {
    std::fputs(running.c_str(), stderr);
}

class EngineCrash : public testing::Test {
protected:
    void SetUp() override { std::signal(SIGABRT, say_what_was_running); }
    void TearDown() override { std::signal(SIGABRT, SIG_DFL); }

    bool run(const SimulationPlan& plan) {
        running = "replay with: engine-simulation " + arguments_of(plan) + " --trace\n";
        last_ = simulate(plan);
        crashes += last_.crashes;
        EXPECT_EQ(last_.violation, "") << running;
        return last_.violation.empty();
    }
    bool first_crash_came() const { return last_.first_crash_came; }

    std::uint64_t crashes = 0;

private:
    SimulationReport last_;
};

TEST_F(EngineCrash, at_every_call_of_a_life) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed)
        for (std::uint64_t call = 1; run({.seed = seed, .first_crash_at = call}); ++call)
            if (!first_crash_came()) break;
    RecordProperty("crashes", std::to_string(crashes));
}

TEST_F(EngineCrash, at_random_calls) {
    for (std::uint64_t seed = 1000; seed < 5000; ++seed)
        if (!run({.seed = seed})) break;
    RecordProperty("crashes", std::to_string(crashes));
}

}  // namespace
}  // namespace warren::sim
