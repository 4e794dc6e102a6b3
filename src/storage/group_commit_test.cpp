// Batches on their way to the disk, and what becomes of them when it is slow, full or broken.
#include "storage/group_commit.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/sim/simulated_disk.h"
#include "tests/sim/simulated_lane.h"

namespace warren::storage {
namespace {

class GroupCommitTest : public testing::Test, public CommitEvents {
protected:
    GroupCommitTest() { EXPECT_TRUE(disk.create_folder("log")); }

    void batch_durable(CommitNumber through) override { durable.push_back(through); }
    void file_closed(std::uint64_t number, std::uint64_t) override { closed.push_back(number); }
    void commit_state_changed(EngineState state, const std::string&) override {
        states.push_back(state);
    }

    // A turn that appends so much. Returns the batch that it is in.
    CommitNumber turn(bool sync, std::size_t bytes = 16) {
        commit.gathering().add(RecordType::entry, 1, bytes);
        const CommitNumber number = commit.gathering_number();
        if (sync) commit.want_sync();
        commit.end_turn(now);
        return number;
    }
    // A turn that appends nothing.
    void idle_turn() { commit.end_turn(now); }
    std::uint64_t syncs() const { return disk.calls(sim::IoCall::sync); }

    sim::SimulatedDisk disk{1};
    sim::SimulatedLane lane;
    Instant now{1000};
    GroupCommit commit{
        {.folder = "log", .file_bytes = 4096, .lazy_sync_ms = 200}, disk, lane, *this};
    std::vector<CommitNumber> durable;
    std::vector<std::uint64_t> closed;
    std::vector<EngineState> states;
};

TEST_F(GroupCommitTest, confirms_wait_for_sync) {
    const CommitNumber batch = turn(true);
    EXPECT_TRUE(durable.empty());
    lane.run_work();
    EXPECT_EQ(syncs(), 1);
    EXPECT_TRUE(durable.empty()) << "the shard has not heard of it";
    lane.run_done();
    EXPECT_EQ(durable, std::vector{batch});
}

TEST_F(GroupCommitTest, one_sync_serves_all_who_wait) {
    turn(true);
    CommitNumber last = 0;
    for (int count = 0; count < 10; ++count)
        last = turn(true);
    lane.run_one();
    idle_turn();
    lane.run_all();
    EXPECT_EQ(syncs(), 2);
    EXPECT_EQ(durable, (std::vector<CommitNumber>{1, last}));
}

TEST_F(GroupCommitTest, what_nobody_waits_for_is_synced_a_little_later) {
    const CommitNumber batch = turn(false);
    lane.run_all();
    EXPECT_EQ(syncs(), 0);
    EXPECT_EQ(commit.next_deadline(), now.plus_ms(200));
    now = now.plus_ms(199);
    idle_turn();
    EXPECT_TRUE(lane.idle());
    now = now.plus_ms(1);
    idle_turn();
    lane.run_all();
    EXPECT_EQ(syncs(), 1);
    EXPECT_EQ(durable, std::vector{batch});
    EXPECT_EQ(commit.next_deadline(), Instant::never());
    EXPECT_TRUE(commit.idle());
}

TEST_F(GroupCommitTest, a_failed_sync_stops_confirming_and_is_not_retried) {
    disk.add_fault({.call = sim::IoCall::sync});
    turn(true);
    lane.run_all();
    EXPECT_EQ(states, std::vector{EngineState::failed});
    for (int count = 0; count < 5; ++count) {
        now = now.plus_ms(10'000);
        turn(true);
        lane.run_all();
    }
    EXPECT_EQ(syncs(), 1);
    EXPECT_TRUE(durable.empty());
    EXPECT_TRUE(commit.idle());
    EXPECT_EQ(commit.next_deadline(), Instant::never());
    EXPECT_EQ(commit.waiting_bytes(), 0);
}

TEST_F(GroupCommitTest, a_batch_that_lands_after_a_failure_changes_nothing) {
    turn(true);
    lane.run_work();
    commit.fail_with({.operation = "remove", .path = "x", .code = EIO});
    lane.run_done();
    EXPECT_EQ(states, std::vector{EngineState::failed});
    EXPECT_EQ(commit.state(), EngineState::failed);
    EXPECT_TRUE(durable.empty());
}

TEST_F(GroupCommitTest, a_full_disk_is_waited_for) {
    disk.set_capacity(0);
    turn(true);
    lane.run_all();
    EXPECT_EQ(states, std::vector{EngineState::disk_full});
    const CommitNumber last = turn(true);
    EXPECT_TRUE(lane.idle()) << "not before it is time";
    now = now.plus_ms(1000);
    idle_turn();
    lane.run_all();
    EXPECT_EQ(states.size(), 1) << "said once";
    disk.set_capacity(1 << 20);
    now = now.plus_ms(1000);
    idle_turn();
    lane.run_all();
    EXPECT_EQ(states.back(), EngineState::healthy);
    EXPECT_EQ(durable, std::vector<CommitNumber>{1});
    idle_turn();
    lane.run_all();
    EXPECT_EQ(durable.back(), last) << "who waited for the next batch is not kept waiting";
}

TEST_F(GroupCommitTest, a_full_disk_is_not_asked_again_before_it_is_time) {
    turn(false);  // to be synced soon
    lane.run_all();
    disk.set_capacity(0);
    turn(true, 5000);  // more than was set aside for the file
    lane.run_all();
    ASSERT_EQ(states, std::vector{EngineState::disk_full});
    const Instant retry = now.plus_ms(1000);
    now = now.plus_ms(300);
    idle_turn();
    EXPECT_TRUE(lane.idle());
    EXPECT_EQ(commit.next_deadline(), retry);
}

TEST_F(GroupCommitTest, a_file_is_closed_when_its_last_batch_has_landed) {
    turn(false, 5000);
    lane.run_work();
    EXPECT_TRUE(closed.empty());
    lane.run_done();
    EXPECT_EQ(closed, std::vector<std::uint64_t>{1});
}

TEST_F(GroupCommitTest, a_retired_file_goes_behind_what_is_in_flight) {
    turn(false, 5000);
    lane.run_all();
    turn(true);
    commit.retire(1);
    lane.run_all();
    EXPECT_EQ(durable, std::vector<CommitNumber>{2});
    const auto files = disk.list("log");
    for (const FileEntry& file : *files)
        EXPECT_NE(file.name, wal_format::file_name(1));
}

}  // namespace
}  // namespace warren::storage
