#include "cluster/metadata_fold.h"

#include <gtest/gtest.h>

#include "cluster/metadata_codec.h"
#include "cluster/metadata_histories.h"

namespace warren::cluster {
namespace {

using Encoded = std::vector<std::string>;

// The commands of a history that have changed something: what a log would hold.
Encoded random_log(std::uint64_t seed, std::size_t rounds, MetadataState& state) {
    test::RandomHistory history(seed);
    Encoded log;
    for (std::size_t round = 0; round < rounds; ++round) {
        const auto command = history.next(state.topology());
        if (state.apply(command) == broker::Outcome::changed) log.push_back(encode(command));
    }
    return log;
}

class MetadataFoldTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(MetadataFoldTest, folded_histories_come_to_the_same_and_answer_alike) {
    MetadataState state;
    const Encoded log = random_log(GetParam(), 400 + 37 * GetParam(), state);
    const Encoded folded = fold_metadata(log);
    ASSERT_NE(folded, log);
    EXPECT_LT(folded.size(), log.size());
    MetadataState rebuilt;
    const auto replayed = rebuilt.replay(folded);
    ASSERT_TRUE(replayed.has_value()) << replayed.error();
    ASSERT_EQ(test::dump(rebuilt), test::dump(state));

    test::RandomHistory further(GetParam() + 1000);
    for (int round = 0; round < 600; ++round) {
        const auto command = further.next(state.topology());
        ASSERT_EQ(rebuilt.apply(command), state.apply(command)) << "round " << round;
        ASSERT_EQ(rebuilt.topology().last_number(), state.topology().last_number());
    }
    EXPECT_EQ(test::dump(rebuilt), test::dump(state));
}

TEST_P(MetadataFoldTest, folding_a_folded_history_changes_nothing) {
    MetadataState state;
    const Encoded folded = fold_metadata(random_log(GetParam(), 300, state));
    EXPECT_EQ(fold_metadata(folded), folded);
}

// As the log does it: snapshot, growth, snapshot again.
TEST_P(MetadataFoldTest, histories_are_folded_again_and_again) {
    MetadataState state;
    test::RandomHistory history(GetParam());
    Encoded log;
    for (int round = 0; round < 600; ++round) {
        const auto command = history.next(state.topology());
        if (state.apply(command) == broker::Outcome::changed) log.push_back(encode(command));
        if (round % 100 == 99) log = fold_metadata(log);
    }
    MetadataState rebuilt;
    ASSERT_TRUE(rebuilt.replay(log).has_value());
    EXPECT_EQ(test::dump(rebuilt), test::dump(state));
}

INSTANTIATE_TEST_SUITE_P(Seeds, MetadataFoldTest, ::testing::Range<std::uint64_t>(1, 25));

TEST(metadata_fold, an_empty_history_stays_empty) {
    EXPECT_TRUE(fold_metadata({}).empty());
}

TEST(metadata_fold, numbers_of_what_is_gone_are_not_given_out_again) {
    const Encoded log{encode(broker::TopologyCommand{broker::CreateVhost{.name = "/"}}),
                      encode(broker::TopologyCommand{broker::DeclareQueue{"/", "q"}}),
                      encode(broker::TopologyCommand{broker::DeleteVhost{"/"}})};
    const Encoded folded = fold_metadata(log);
    ASSERT_EQ(folded.size(), 1u);
    EXPECT_EQ(folded[0], encode(broker::TopologyCommand{broker::ReserveNumbers{9}}));
}

// More queues than the vhost's limit allows by now, and an auto-delete exchange without bindings.
TEST(metadata_fold, what_could_not_be_made_now_is_kept) {
    const auto of = [](broker::TopologyCommandBody body) {
        return encode(broker::TopologyCommand{std::move(body)});
    };
    const Encoded log{
        of(broker::CreateVhost{.name = "/"}), of(broker::DeclareQueue{"/", "a"}),
        of(broker::DeclareQueue{"/", "b"}),
        of(broker::UpdateVhost{.name = "/", .limits = broker::VhostLimits{.queues_max = 1}}),
        of(broker::DeclareExchange{
            .vhost = "/", .name = "x", .type = "fanout", .auto_delete = true})};
    MetadataState state;
    MetadataState rebuilt;
    ASSERT_TRUE(state.replay(log).has_value());
    ASSERT_TRUE(rebuilt.replay(fold_metadata(log)).has_value());
    EXPECT_EQ(test::dump(rebuilt), test::dump(state));
    EXPECT_NE(rebuilt.topology().find_vhost("/")->find_exchange("x"), nullptr);
}

TEST(metadata_fold, histories_that_cannot_be_replayed_stay_as_they_are) {
    const Encoded unreadable{"\x01"};
    EXPECT_EQ(fold_metadata(unreadable), unreadable);
    const Encoded impossible{encode(broker::TopologyCommand{broker::DeclareQueue{"/", "q"}})};
    EXPECT_EQ(fold_metadata(impossible), impossible);
}

}  // namespace
}  // namespace warren::cluster
