// Changes that are asked for at once: how many a turn takes, what waits for what, and what is safe
// as a whole.
#include <gtest/gtest.h>

#include "base/limits.h"
#include "cluster/shared_metadata.h"

namespace warren::cluster {
namespace {

using namespace broker;

class MetadataRunsTest : public SharedMetadata {};

TEST_F(MetadataRunsTest, many_changes_take_many_turns) {
    const std::uint32_t count = limits::changes_per_turn * 2 + 1;
    TopologyRun run;
    for (std::uint32_t number = 1; number <= count; ++number)
        run.push_back(
            {{queue("q" + std::to_string(number), false)}, {ConnectionId::make({0}, 1), number}});
    set_this_shard({0});
    node(0).submit_run(std::move(run));
    node(0).end_turn();
    EXPECT_EQ(node(0).topology().queue_count(), limits::changes_per_turn);
    EXPECT_TRUE(node(0).needs_turn());
    EXPECT_EQ(answers(0).size(), count);
    EXPECT_FALSE(node(0).needs_turn());
}

TEST_F(MetadataRunsTest, a_shard_that_is_behind_is_waited_for) {
    const std::uint32_t count = limits::unapplied_changes_max + 1;
    TopologyRun run;
    for (std::uint32_t number = 1; number <= count; ++number)
        run.push_back(
            {{queue("q" + std::to_string(number), false)}, {ConnectionId::make({0}, 1), number}});
    set_this_shard({0});
    node(0).submit_run(std::move(run));
    while (node(0).needs_turn())
        node(0).end_turn();
    EXPECT_EQ(node(0).topology().queue_count(), limits::unapplied_changes_max);
    EXPECT_EQ(answers(0).size(), count);
    EXPECT_EQ(node(1).topology().queue_count(), count);
}

class KeptPlaceTest : public SharedMetadata {
protected:
    // Shard 1 has kept a place, it is its turn, and a change of shard 0 waits behind it.
    KeptPlaceTest() {
        submit(0, queue("first", false), 1);
        EXPECT_EQ(answers(0), Numbers{1});
        set_this_shard({1});
        node(1).keep_place({ConnectionId::make({1}, 1), 2});
        EXPECT_EQ(answers(1), Numbers{2});
        submit(0, queue("behind", false), 3);
        EXPECT_EQ(answers(0), Numbers{});
    }

    void fill(MetadataRun run) {
        set_this_shard({1});
        node(1).fill_place(std::move(run));
        settle();
    }
    std::uint64_t number_of(const std::string& name) {
        const auto* record = node(0).topology().find_vhost("/")->find_queue(name);
        return record == nullptr ? 0 : record->number;
    }
};

TEST_F(KeptPlaceTest, its_run_comes_before_what_was_asked_for_meanwhile) {
    EXPECT_EQ(number_of("behind"), 0u);
    EXPECT_FALSE(node(0).needs_turn());  // it would be for nothing
    MetadataRun run;
    run.push_back({TopologyCommand{queue("ahead", false)}, {ConnectionId::make({1}, 1), 4}, {}});
    fill(std::move(run));
    EXPECT_EQ(answers(1), Numbers{4});
    EXPECT_EQ(answers(0), Numbers{3});
    EXPECT_NE(number_of("ahead"), 0u);
    EXPECT_LT(number_of("ahead"), number_of("behind"));
}

TEST_F(KeptPlaceTest, it_can_be_given_up) {
    fill({});
    EXPECT_EQ(answers(0), Numbers{3});
}

TEST_F(KeptPlaceTest, whose_turn_it_is_has_seen_all_changes_before) {
    const std::uint64_t newest = node(1).newest_change();
    EXPECT_EQ(newest, node(0).newest_change());
    fill({});
    EXPECT_GT(node(1).newest_change(), newest);
}

// Such as an import of definitions.
class WholeRunTest : public SharedMetadata {
protected:
    static constexpr std::size_t queue_count = 3 * limits::changes_per_turn;

    void submit_of_observer() {
        MetadataRun run;
        for (std::size_t number = 1; number <= queue_count; ++number)
            run.push_back({TopologyCommand{queue("q" + std::to_string(number), true)}, {}, {}});
        ShardBatch batch;
        batch.push_back(
            MetadataSubmit{std::make_shared<const MetadataRun>(std::move(run)), {shard_count}});
        set_this_shard({0});
        node(0).receive({shard_count}, std::move(batch));
    }
    // The other shards keep up.
    void turn_of_first() {
        turn_of(1);
        turn_of(0);
        turn_of(1);
    }
};

TEST_F(WholeRunTest, nothing_of_it_is_handed_to_the_disk_before_all_of_it_is) {
    const std::size_t before = disk_->commands.size();
    submit_of_observer();
    for (std::size_t turn = 1; turn < queue_count / limits::changes_per_turn; ++turn) {
        turn_of_first();
        EXPECT_EQ(disk_->commands.size(), before + turn * limits::changes_per_turn);
        EXPECT_EQ(disk_->handed_over, before);
    }
    turn_of_first();
    EXPECT_EQ(disk_->handed_over, before + queue_count);
    EXPECT_EQ(disk_->syncs_asked, 1);
}

TEST_F(WholeRunTest, what_was_before_it_does_not_wait_for_its_end) {
    submit(0, queue("before", true), 1);
    submit_of_observer();
    turn_of_first();
    EXPECT_EQ(disk_->handed_over, 2u);
    disk_->sync();
    EXPECT_EQ(answers(0), Numbers{1});
}

TEST_F(WholeRunTest, a_node_that_stops_amid_it_keeps_all_of_it) {
    const std::size_t before = disk_->commands.size();
    submit_of_observer();
    turn_of_first();
    set_this_shard({0});
    node(0).stop_keeping_metadata([] {});
    EXPECT_EQ(disk_->commands.size(), before + queue_count);
}

}  // namespace
}  // namespace warren::cluster
