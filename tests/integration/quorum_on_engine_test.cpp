// Quorum queues on the log engine, crashed at every call to the disk of a few lives and at random
// calls of many more. A failing seed is printed and replays alone: --gtest_filter=*/<seed - 1>.
// QUORUM_SEEDS=5000 runs that many of them.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/integration/quorum_rig.h"

namespace warren::broker::testing {
namespace {

std::uint64_t seed_count() {
    const char* wanted = std::getenv("QUORUM_SEEDS");
    return wanted == nullptr ? 20 : std::strtoull(wanted, nullptr, 10);
}

class quorum_on_engine : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(quorum_on_engine, holds_what_its_commands_fold_to) {
    Prng seeds(GetParam());
    for (int game = 0; game < 10 && !HasFatalFailure(); ++game) {
        SCOPED_TRACE("game " + std::to_string(game));
        QuorumRig(seeds.next(), 0).run(1000);
    }
}

INSTANTIATE_TEST_SUITE_P(seeds, quorum_on_engine,
                         ::testing::Range<std::uint64_t>(1, 1 + seed_count()));

TEST(quorum_on_engine_crash, at_every_call_of_a_life) {
    int crashes = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed)
        for (std::uint64_t call = 1; !::testing::Test::HasFailure(); ++call) {
            SCOPED_TRACE("seed " + std::to_string(seed) + ", call " + std::to_string(call));
            QuorumRig rig(seed, call);
            rig.run(100);
            if (!rig.first_crash_came()) break;
            ++crashes;
        }
    RecordProperty("crashes", std::to_string(crashes));
    EXPECT_GT(crashes, 500);
}

}  // namespace
}  // namespace warren::broker::testing
