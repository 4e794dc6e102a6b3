// What the log engine does over days, in miniature: files of 4 KiB, lanes by hand.
#include "storage/engine.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/sim/engine_rig.h"

namespace warren::storage {
namespace {

using sim::Crash;
using sim::EngineRig;
using sim::ModelQueue;

class EngineTest : public testing::Test {
protected:
    EngineTest() {
        EXPECT_TRUE(rig.start());
        rig.add_queue(1);
        rig.add_queue(2);
    }

    // So many messages of 200 bytes, committed one by one.
    void fill(std::uint64_t queue, int count) {
        for (int number = 0; number < count; ++number) {
            rig.queue(queue).publish(
                {.head = {.body_bytes = 200}, .payload_bytes = 200, .body = nullptr});
            rig.commit();
        }
    }
    void deliver_and_settle(std::uint64_t queue, int count) {
        for (int number = 0; number < count; ++number)
            rig.queue(queue).settle(*rig.queue(queue).deliver(0));
        rig.commit();
    }
    // All that is committed is there again, and nothing else: the ledger sees to that.
    void restart(Crash crash = Crash::power_loss) {
        rig.crash(crash);
        const auto started = rig.start_and_judge();
        ASSERT_TRUE(started) << started.error();
    }
    const PagedFigures& paged(std::uint64_t queue) { return rig.queue(queue).log().paged(); }

    EngineRig rig{1};
};

TEST_F(EngineTest, confirms_wait_for_sync) {
    rig.queue(1).publish({});
    const CommitNumber commit = rig.end_turn(true);
    EXPECT_LT(rig.durable_through(), commit);
    rig.log_lane.run_work();
    EXPECT_LT(rig.durable_through(), commit);
    rig.log_lane.run_done();
    EXPECT_EQ(rig.durable_through(), commit);
}

TEST(engine_options, written_counts_as_safe_where_that_is_wished_for) {
    auto options = sim::tiny_engine_options();
    options.written_is_durable = true;
    EngineRig rig(1, options);
    ASSERT_TRUE(rig.start());
    rig.add_queue(1).publish({});
    const std::uint64_t syncs = rig.engine().stats().syncs;
    const CommitNumber commit = rig.end_turn(true);
    rig.run_lanes();
    EXPECT_EQ(rig.durable_through(), commit);
    EXPECT_EQ(rig.engine().stats().syncs, syncs);
    rig.crash(Crash::process_kill);
    ASSERT_TRUE(rig.start_and_judge());
    EXPECT_EQ(rig.queue(1).size(), 1);
}

TEST_F(EngineTest, one_sync_serves_many_queues) {
    for (std::uint64_t id = 3; id < 100; ++id)
        rig.add_queue(id).publish({});
    const std::uint64_t before = rig.engine().stats().syncs;
    rig.commit();
    EXPECT_EQ(rig.engine().stats().syncs, before + 1);
    restart();
    EXPECT_EQ(rig.queue(50).size(), 1);
}

TEST_F(EngineTest, settlements_are_synced_when_there_is_time) {
    fill(1, 1);
    rig.queue(1).settle(*rig.queue(1).deliver(0));
    const CommitNumber commit = rig.end_turn(false);
    rig.run_lanes();
    EXPECT_LT(rig.durable_through(), commit);
    rig.run_for(250);
    EXPECT_GE(rig.durable_through(), commit);
    restart();
    EXPECT_EQ(rig.queue(1).size(), 0);
}

TEST_F(EngineTest, a_turn_that_leaves_nothing_waits_for_nothing) {
    fill(1, 1);
    rig.queue(1).settle(*rig.queue(1).deliver(0));
    rig.remove_queue(QueueId{1});
    EXPECT_EQ(rig.end_turn(true), rig.durable_through());
}

TEST_F(EngineTest, a_body_that_goes_to_many_queues_is_stored_once) {
    const auto body = std::make_shared<const std::string>(sim::numbered_bytes(1, 3000));
    for (std::uint64_t id = 3; id < 13; ++id)
        rig.add_queue(id).publish({.head = {}, .payload_bytes = 16, .body = body});
    rig.commit();
    EXPECT_LT(rig.engine().stats().written_bytes, 2 * body->size());
    for (std::uint64_t id = 3; id < 13; ++id)
        rig.queue(id).spill(1);
    rig.run_for(1000);
    EXPECT_EQ(paged(5).entries, 1);
    EXPECT_LT(rig.engine().stats().segment_bytes, 2 * body->size());
    restart();
    EXPECT_EQ(rig.queue(12).size(), 1);
}

TEST_F(EngineTest, live_entries_of_old_log_files_move_to_segments) {
    fill(1, 100);
    rig.run_for(10'000);
    EXPECT_GT(paged(1).entries, 50);
    const EngineStats stats = rig.engine().stats();
    EXPECT_LT(stats.wal_files, 6);
    EXPECT_GT(stats.wal_files_begun, stats.wal_files);
    EXPECT_GE(stats.segments_written, stats.segments);
    EXPECT_GE(stats.segment_entries_written, paged(1).entries);
    EXPECT_GE(stats.segment_bytes_written, stats.segment_bytes);
    restart();
    EXPECT_EQ(rig.queue(1).size(), 100);
    rig.queue(1).drain();
}

TEST_F(EngineTest, the_data_folder_shrinks_when_queues_are_drained) {
    fill(1, 100);
    fill(2, 100);
    rig.queue(1).drain();
    rig.queue(2).drain();
    rig.commit();
    rig.run_for(30'000);
    EXPECT_EQ(rig.files_in("segments"), 0);
    EXPECT_LE(rig.bytes_in("wal"), 4 * 8192);
    EXPECT_EQ(rig.engine().stats().unflushed_bytes, 0);
    EXPECT_EQ(rig.engine().next_deadline(), Instant::never()) << "and it is quiet";
}

// Queue 2 holds the segment in which queue 1 has nothing any more.
TEST_F(EngineTest, settled_entries_in_shared_segments_stay_settled_when_log_files_go) {
    fill(1, 5);
    fill(2, 5);
    rig.queue(1).spill(5);
    rig.queue(2).spill(5);
    rig.run_for(1000);
    EXPECT_EQ(rig.files_in("segments"), 1);
    deliver_and_settle(1, 5);
    for (int life = 0; life < 3; ++life) {
        fill(2, 60);
        deliver_and_settle(2, 3);
        rig.run_for(10'000);
        restart();
        EXPECT_EQ(rig.queue(1).size(), 0);
    }
}

TEST_F(EngineTest, segments_with_little_that_lives_are_copied_together) {
    for (int round = 0; round < 20; ++round) {
        fill(1, 20);
        rig.queue(1).spill(rig.queue(1).last_position());
        rig.run_for(100);
    }
    // Of each segment a few stay, somewhere.
    ModelQueue& queue = rig.queue(1);
    for (int count = 0; count < 400; ++count) {
        const std::uint64_t position = *queue.deliver(0);
        if (position % 16 != 0) queue.settle(position);
    }
    rig.commit();
    const std::uint64_t before = rig.bytes_in("segments");
    rig.run_for(60'000);
    EXPECT_LT(rig.bytes_in("segments"), before / 3);
    EXPECT_LT(rig.files_in("segments"), 10);
    restart();
    EXPECT_EQ(rig.queue(1).size(), 25);
}

TEST_F(EngineTest, deleted_queues_are_forgotten) {
    fill(1, 100);
    rig.run_for(1000);
    rig.remove_queue(QueueId{1});
    rig.run_for(30'000);
    EXPECT_EQ(rig.files_in("segments"), 0);
    EXPECT_EQ(rig.engine().stats().unflushed_bytes, 0);
    restart();
    EXPECT_EQ(rig.queue(2).size(), 0);
}

TEST_F(EngineTest, queues_that_were_deleted_as_the_power_went_are_forgotten_at_start) {
    fill(1, 100);
    rig.run_for(1000);
    EXPECT_GT(rig.files_in("segments"), 0);
    rig.remove_queue(QueueId{1});
    restart();
    rig.run_for(30'000);
    EXPECT_EQ(rig.files_in("segments"), 0);
}

TEST_F(EngineTest, a_stop_says_how_far_queues_have_delivered) {
    fill(1, 10);
    rig.stop({{QueueId{1}, 7}});
    rig.crash(Crash::power_loss);
    EXPECT_TRUE(rig.start());
    EXPECT_TRUE(rig.engine().recovery().stopped_in_order);
    EXPECT_EQ(rig.queue(1).restored().delivered_through, 7);
    // From now on anything may have been delivered.
    rig.run_for(1000);
    rig.crash(Crash::power_loss);
    EXPECT_TRUE(rig.start());
    EXPECT_FALSE(rig.engine().recovery().stopped_in_order);
    EXPECT_EQ(rig.queue(1).restored().delivered_through, UINT64_MAX);
}

TEST_F(EngineTest, a_stop_has_the_last_word_although_a_segment_is_being_written) {
    fill(1, 10);
    rig.queue(1).spill(10);
    rig.run_for(1000);
    deliver_and_settle(1, 5);  // for which there will be a run state
    for (int count = 0; rig.store_lane.idle() && count < 1000; ++count) {
        rig.queue(2).publish({.head = {}, .payload_bytes = 1000, .body = nullptr});
        rig.end_turn(true);
        rig.log_lane.run_all();
    }
    ASSERT_FALSE(rig.store_lane.idle());
    rig.stop();
    rig.crash(Crash::power_loss);
    EXPECT_TRUE(rig.start());
    EXPECT_TRUE(rig.engine().recovery().stopped_in_order);
}

TEST_F(EngineTest, a_full_disk_is_waited_out_and_nothing_is_lost) {
    fill(1, 30);
    rig.disk.set_capacity(rig.disk.used_bytes() + 1000);
    for (int count = 0; count < 100; ++count) {
        rig.queue(1).publish({.head = {}, .payload_bytes = 400, .body = nullptr});
        rig.end_turn(true);
        rig.run_lanes();
    }
    EXPECT_EQ(rig.told_state(), EngineState::disk_full);
    EXPECT_EQ(rig.engine().state(), EngineState::disk_full);
    EXPECT_TRUE(rig.engine().congested());
    rig.disk.set_capacity(1 << 30);
    rig.run_for(5000);
    EXPECT_EQ(rig.told_state(), EngineState::healthy);
    rig.commit();
    restart();
    EXPECT_EQ(rig.queue(1).size(), 130);
}

TEST_F(EngineTest, a_full_disk_lets_the_shard_sleep) {
    fill(1, 30);
    rig.disk.set_capacity(rig.disk.used_bytes() + 1000);
    for (int count = 0; count < 100; ++count) {
        rig.queue(1).publish({.head = {}, .payload_bytes = 400, .body = nullptr});
        rig.end_turn(true);
        rig.run_lanes();
    }
    int turns = 0;
    for (const Instant end = rig.now().plus_ms(10'000); rig.now() < end && turns < 1000; ++turns) {
        rig.pass(std::max<std::int64_t>(0, rig.engine().next_deadline().ms_since(rig.now())));
        rig.end_turn(false);
        rig.run_lanes();
    }
    EXPECT_LT(turns, 100);
}

TEST_F(EngineTest, a_failed_sync_stops_confirming) {
    fill(1, 3);
    const CommitNumber before = rig.durable_through();
    rig.disk.add_fault({.call = sim::IoCall::sync});
    fill(1, 3);
    rig.run_for(10'000);
    EXPECT_EQ(rig.engine().state(), EngineState::failed);
    EXPECT_EQ(rig.durable_through(), before);
    EXPECT_EQ(rig.engine().next_deadline(), Instant::never());
    restart();
    EXPECT_GE(rig.queue(1).size(), 3);
}

TEST_F(EngineTest, a_dead_segment_that_cannot_be_removed_ends_the_log) {
    fill(1, 5);
    rig.queue(1).spill(5);
    rig.run_for(1000);
    rig.disk.add_fault({.call = sim::IoCall::remove, .path_part = "segments"});
    rig.queue(1).drain();
    rig.commit();
    EXPECT_EQ(rig.engine().state(), EngineState::failed);
    rig.stop();  // for all that
}

TEST_F(EngineTest, nothing_is_retired_before_all_queues_are_attached) {
    fill(1, 40);
    rig.crash(Crash::power_loss);
    sim::SimulatedLane lane;
    struct Unheard final : EngineEvents {
        void durable(CommitNumber) override {}
        void state_changed(EngineState, const std::string&) override {}
        void damage_found(const std::string&) override {}
    } events;
    {
        auto engine = LogEngine::open(sim::tiny_engine_options(), rig.disk, lane, lane, events);
        ASSERT_TRUE(engine);
        (*engine)->end_turn(Instant{1'000'000'000}, false);
        lane.run_all();
    }
    restart();
    EXPECT_EQ(rig.queue(1).size(), 40);
}

}  // namespace
}  // namespace warren::storage
