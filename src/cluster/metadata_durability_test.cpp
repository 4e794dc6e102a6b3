// Which answers wait for the disk, and what the shards know about it.
#include <gtest/gtest.h>

#include "base/limits.h"
#include "cluster/metadata_codec.h"
#include "cluster/shared_metadata.h"

namespace warren::cluster {
namespace {

using namespace broker;

class MetadataDurabilityTest : public SharedMetadata {};

TEST_F(MetadataDurabilityTest, durable_declarations_are_answered_when_they_are_safe) {
    submit(1, queue("q", true), 1);
    EXPECT_EQ(answers(1), Numbers{});
    EXPECT_EQ(disk_->syncs_asked, 1);
    disk_->sync();
    EXPECT_EQ(answers(1), Numbers{1});
}

TEST_F(MetadataDurabilityTest, what_comes_together_shares_a_sync) {
    TopologyRun run;
    for (std::uint32_t number = 1; number <= 100; ++number)
        run.push_back(
            {{queue("q" + std::to_string(number), true)}, {ConnectionId::make({1}, 1), number}});
    set_this_shard({1});
    node(1).submit_run(std::move(run));
    EXPECT_EQ(answers(1), Numbers{});
    EXPECT_EQ(disk_->syncs_asked, 1);
    disk_->sync();
    EXPECT_EQ(answers(1).size(), 100u);
}

TEST_F(MetadataDurabilityTest, a_refused_change_takes_those_of_its_channel_behind_it_along) {
    const auto request = [](std::uint32_t number, std::uint16_t channel, std::string source) {
        const Bind bind{.vhost = "/", .source = std::move(source), .destination = "q"};
        return TopologyRequest{{bind}, {ConnectionId::make({1}, 1), number}, {channel}};
    };
    submit(1, queue("q", false), 1);
    EXPECT_EQ(answers(1), Numbers{1});
    TopologyRun run;
    run.push_back(request(2, 1, "nowhere"));
    run.push_back(request(3, 1, "amq.fanout"));
    run.push_back(request(4, 2, "amq.direct"));
    set_this_shard({1});
    node(1).submit_run(std::move(run));
    EXPECT_EQ(answers(1), (Numbers{2, 4}));
    EXPECT_EQ(node(0).topology().find_vhost("/")->bindings.size(), 1u);
}

TEST_F(MetadataDurabilityTest, the_queues_of_one_owner_go_in_pieces_before_what_comes_later) {
    const auto owner = ConnectionId::make({0}, 1);
    TopologyRun run;
    for (std::uint32_t number = 1; number <= limits::changes_per_turn * 3; ++number) {
        auto mine = queue("q" + std::to_string(number), false);
        mine.owner = owner;
        run.push_back({{mine}, {}});
    }
    set_this_shard({0});
    node(0).submit_run(std::move(run));
    settle();
    submit(0, DeleteQueuesOf{owner}, 0);
    submit(0, queue("q1", false), 1);
    node(0).end_turn();
    EXPECT_EQ(node(0).topology().queue_count(), limits::changes_per_turn * 2);
    EXPECT_EQ(answers(0), Numbers{1});
    EXPECT_EQ(node(1).topology().queue_count(), 1u);
}

TEST_F(MetadataDurabilityTest, transient_ones_neither_wait_nor_ask_for_a_sync) {
    submit(1, queue("q", false), 1);
    EXPECT_EQ(answers(1), Numbers{1});
    EXPECT_EQ(disk_->syncs_asked, 0);
    EXPECT_EQ(disk_->commands.size(), 2u) << "a later command may rest on it";
}

TEST_F(MetadataDurabilityTest, transient_ones_pass_durable_ones_that_wait) {
    submit(0, queue("durable", true), 1);
    submit(1, queue("transient", false), 2);
    EXPECT_EQ(answers(1), Numbers{2});
    EXPECT_EQ(answers(0), Numbers{});
    disk_->sync();
    EXPECT_EQ(answers(0), Numbers{1});
}

TEST_F(MetadataDurabilityTest, who_waits_for_no_answer_does_not_wait_for_the_disk) {
    submit(0, queue("q", true), 1, AnswerWhen::in_force);
    EXPECT_EQ(answers(0), Numbers{1});
    submit(0, queue("q", true), 2);
    EXPECT_EQ(answers(0), Numbers{});
    disk_->sync();
    EXPECT_EQ(answers(0), Numbers{2});
}

TEST_F(MetadataDurabilityTest, declaring_again_waits_for_the_first_declaration) {
    submit(0, queue("q", true), 1);
    submit(1, queue("q", true), 2);
    EXPECT_EQ(answers(1), Numbers{});
    disk_->sync();
    EXPECT_EQ(answers(1), Numbers{2});
    EXPECT_EQ(disk_->commands.size(), 2u);
    submit(1, queue("q", true), 3);
    EXPECT_EQ(answers(1), Numbers{3});
}

TEST_F(MetadataDurabilityTest, deleting_a_durable_queue_waits_and_so_does_finding_it_gone) {
    submit(0, queue("q", true), 1);
    settle();
    disk_->sync();
    EXPECT_EQ(answers(0), Numbers{1});
    const QueueId id = node(0).topology().find_vhost("/")->find_queue("q")->id();
    submit(0, DeleteQueue{id}, 2);
    submit(1, DeleteQueue{id}, 3);
    EXPECT_EQ(answers(0), Numbers{});
    EXPECT_EQ(answers(1), Numbers{});
    disk_->sync();
    EXPECT_EQ(answers(0), Numbers{2});
    EXPECT_EQ(answers(1), Numbers{3});
}

TEST_F(MetadataDurabilityTest, refusals_do_not_wait) {
    submit(0, queue("q", true), 1);
    DeclareQueue other = queue("q", true);
    other.auto_delete = true;
    submit(1, other, 2);
    EXPECT_EQ(answers(1), Numbers{2});
}

TEST_F(MetadataDurabilityTest, every_shard_knows_what_its_queues_rest_on) {
    const std::uint64_t before = node(1).metadata_index();
    EXPECT_TRUE(node(1).metadata_durable_through(before));
    submit(0, queue("transient", false), 1);
    settle();
    EXPECT_EQ(node(1).metadata_index(), before);
    submit(0, queue("durable", true), 2);
    settle();
    const std::uint64_t index = node(1).metadata_index();
    EXPECT_EQ(index, node(0).metadata_index());
    EXPECT_GT(index, before);
    for (std::uint16_t shard = 0; shard < shard_count; ++shard)
        EXPECT_FALSE(node(shard).metadata_durable_through(index));
    disk_->sync();
    settle();
    for (std::uint16_t shard = 0; shard < shard_count; ++shard)
        EXPECT_TRUE(node(shard).metadata_durable_through(index));
}

TEST_F(MetadataDurabilityTest, after_a_failure_only_transient_changes_are_answered) {
    submit(0, queue("durable", true), 1);
    settle();
    disk_->break_down("cannot sync metadata/1.log: no");
    submit(0, queue("transient", false), 2);
    EXPECT_EQ(answers(0), Numbers{2});
    EXPECT_EQ(log_->failure(), "cannot sync metadata/1.log: no");
}

TEST_F(MetadataDurabilityTest, a_node_that_stops_keeps_no_further_changes) {
    submit(0, queue("q", true), 1);
    settle();
    bool stopped = false;
    node(0).stop_keeping_metadata([&] { stopped = true; });
    submit(0, queue("late", true), 2);
    EXPECT_EQ(answers(0), Numbers{2});
    EXPECT_TRUE(stopped);
    EXPECT_EQ(disk_->commands.size(), 2u);
}

// What the log holds rebuilds what the shards hold.
TEST_F(MetadataDurabilityTest, every_change_is_in_the_log) {
    submit(0, DeclareExchange{.vhost = "/", .name = "x", .type = "fanout"}, 1);
    submit(1, queue("q", false), 2);
    submit(1, queue("q", false), 3);
    submit(1, Bind{.vhost = "/", .source = "x", .destination = "q"}, 4);
    settle();
    EXPECT_EQ(disk_->commands.size(), 4u);
    for (const auto& command : disk_->commands)
        EXPECT_TRUE(decode_metadata_command(as_bytes(command)).has_value());
}

}  // namespace
}  // namespace warren::cluster
