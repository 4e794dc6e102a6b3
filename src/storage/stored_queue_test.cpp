// The disk side of a queue: what is paged out comes back, in order, once, and what has been settled
// does not.
#include "storage/stored_queue.h"

#include <gtest/gtest.h>

#include <string>

#include "storage/segment.h"
#include "tests/sim/engine_rig.h"

namespace warren::storage {
namespace {

using sim::Crash;
using sim::EngineRig;
using sim::ModelQueue;

class StoredQueueTest : public testing::Test {
protected:
    StoredQueueTest() {
        EXPECT_TRUE(rig.start());
        rig.add_queue(1);
    }

    ModelQueue& queue() { return rig.queue(1); }
    QueueLog& log() { return queue().log(); }
    void publish(int count, EntryHead head = {}) {
        for (int number = 0; number < count; ++number)
            queue().publish({.head = head, .payload_bytes = 50, .body = nullptr});
    }
    // All of it goes to runs.
    void spill() {
        queue().spill(queue().last_position());
        rig.run_for(500);
        rig.check_queues();
    }
    void restart() {
        rig.crash(Crash::power_loss);
        const auto started = rig.start_and_judge();
        ASSERT_TRUE(started) << started.error();
    }

    EngineRig rig{1};
};

TEST_F(StoredQueueTest, spilled_entries_come_back_in_order) {
    publish(20);
    spill();
    EXPECT_EQ(log().paged().entries, 20);
    EXPECT_EQ(log().first_paged(0), 1);
    queue().load(0, {.entries = 5, .bytes = 1 << 20});
    EXPECT_EQ(log().paged().entries, 15);
    EXPECT_EQ(log().first_paged(0), 6);
    queue().drain();
    EXPECT_FALSE(log().has_paged(0));
}

TEST_F(StoredQueueTest, knows_in_how_many_segments_it_has_something) {
    publish(5);
    EXPECT_EQ(log().segments(), 0);
    spill();
    EXPECT_EQ(log().segments(), 1);
    publish(5, {.level = 1});
    publish(5);
    spill();
    EXPECT_EQ(log().segments(), 2) << "both levels are in one";
    queue().load(0, {.entries = 5, .bytes = 1 << 20});
    EXPECT_EQ(log().segments(), 2) << "they are still there for the next start";
    restart();
    EXPECT_EQ(log().segments(), 2);
    queue().drain();
    EXPECT_EQ(log().segments(), 0);
}

TEST_F(StoredQueueTest, a_part_of_a_log_file_that_was_spilled_does_not_count_as_unflushed) {
    publish(40);
    rig.commit();
    publish(1);
    rig.commit();
    const std::uint64_t before = rig.engine().stats().unflushed_bytes;
    EXPECT_GT(before, 0);
    queue().spill(20);
    rig.run_for(500);
    EXPECT_LT(rig.engine().stats().unflushed_bytes, before);
    queue().drain();
    rig.commit();
    EXPECT_EQ(rig.engine().stats().unflushed_bytes, 0);
}

TEST_F(StoredQueueTest, a_load_is_bounded_by_bytes) {
    publish(20);
    spill();
    queue().load(0, {.entries = 20, .bytes = 1});
    EXPECT_GE(log().paged().entries, 15);
    EXPECT_LT(log().paged().entries, 20);
}

TEST_F(StoredQueueTest, levels_are_paged_apart) {
    for (int count = 0; count < 10; ++count)
        for (std::uint8_t level = 0; level < 3; ++level)
            publish(1, {.level = level});
    spill();
    for (std::uint8_t level = 0; level < 3; ++level)
        EXPECT_EQ(log().first_paged(level), level + 1U);
    queue().load(1, {.entries = 10, .bytes = 1 << 20});
    EXPECT_FALSE(log().has_paged(1));
    EXPECT_TRUE(log().has_paged(2));
    rig.commit();
    restart();
    EXPECT_EQ(queue().size(), 30);
}

TEST_F(StoredQueueTest, spilled_transient_entries_are_forgotten_at_start) {
    publish(5);
    publish(5, {.persistent = false});
    spill();
    EXPECT_EQ(log().paged().entries, 10);
    EXPECT_EQ(log().paged().persistent, 5);
    queue().load(0, {.entries = 3, .bytes = 1 << 20});
    rig.commit();
    restart();
    EXPECT_EQ(queue().size(), 5);
    EXPECT_EQ(log().paged().persistent, 5);
    publish(1);
    EXPECT_EQ(queue().last_position(), 11) << "their positions are not used again";
}

TEST_F(StoredQueueTest, a_purge_settles_what_is_paged) {
    publish(20);
    spill();
    publish(3);
    queue().deliver(0);
    queue().purge();
    EXPECT_EQ(log().paged().entries, 0);
    rig.commit();
    restart();
    EXPECT_EQ(queue().size(), 1) << "what is with a consumer stays";
}

TEST_F(StoredQueueTest, entries_that_are_settled_on_their_way_to_a_segment_stay_settled) {
    publish(10);
    rig.commit();
    queue().spill(10);
    rig.end_turn(false);
    ASSERT_EQ(rig.store_lane.waiting(), 1);
    for (int count = 0; count < 4; ++count)
        queue().settle(*queue().deliver(0));
    const std::uint64_t returned = *queue().deliver(0);
    queue().deliver(0);
    queue().requeue(returned);
    rig.commit();
    rig.check_queues();
    EXPECT_EQ(log().paged().entries, 4);
    queue().settle(6);
    rig.commit();
    restart();
    EXPECT_EQ(queue().size(), 5);
}

TEST_F(StoredQueueTest, a_queue_that_is_deleted_on_its_way_to_a_segment_leaves_nothing) {
    publish(10);
    rig.commit();
    queue().spill(10);
    rig.end_turn(false);
    rig.remove_queue(QueueId{1});
    rig.run_for(30'000);
    EXPECT_EQ(rig.files_in("segments"), 0);
}

TEST_F(StoredQueueTest, expiring_entries_come_back_out_of_order) {
    const std::int64_t now_ms = rig.now().ms;
    for (int count = 0; count < 20; ++count)
        publish(1, {.deadline_ms = now_ms + (count % 2 == 0 ? 5000 : 60'000)});
    spill();
    EXPECT_EQ(log().next_paged_deadline(), now_ms + 5000);
    queue().expire(now_ms + 4999, 100);
    EXPECT_EQ(log().paged().entries, 20);
    queue().expire(now_ms + 5000, 4);
    EXPECT_EQ(log().paged().entries, 16);
    queue().expire(now_ms + 5000, 100);
    EXPECT_EQ(queue().size(), 10);
    EXPECT_GE(log().next_paged_deadline(), now_ms + 60'000);
    rig.commit();
    restart();
    EXPECT_EQ(queue().size(), 10);
}

TEST_F(StoredQueueTest, a_damaged_entry_harms_one_message_and_is_reported) {
    publish(10);
    spill();
    const std::string path = rig.segment_paths().front();
    {
        const auto file = SegmentFile::open(rig.disk, path);
        ASSERT_TRUE(file);
        rig.disk.flip(path, (*file)->summary().runs[0].data_offset + 4 * 50 + 7);
    }
    rig.ledger.doubt(QueueId{1}, 5);
    queue().load(0, {.entries = 10, .bytes = 1 << 20});
    rig.check_queues();
    EXPECT_EQ(queue().size(), 9);
    ASSERT_EQ(rig.damages().size(), 1);
    EXPECT_NE(rig.damages()[0].find(path), std::string::npos) << rig.damages()[0];
    EXPECT_NE(rig.damages()[0].find("queue 1"), std::string::npos) << rig.damages()[0];
    queue().drain();
    rig.commit();
    rig.run_for(30'000);
    EXPECT_EQ(rig.segment_paths().size(), 1) << "it stays for people to look at";
}

TEST_F(StoredQueueTest, a_segment_that_cannot_be_read_is_lost_and_comes_back_at_the_next_start) {
    publish(10);
    spill();
    for (std::uint64_t position = 1; position <= 10; ++position)
        rig.ledger.doubt(QueueId{1}, position);
    rig.disk.add_fault({.call = sim::IoCall::read, .path_part = "segments", .times = 100});
    queue().load(0, {.entries = 10, .bytes = 1 << 20});
    EXPECT_EQ(log().paged().entries, 0);
    EXPECT_FALSE(rig.damages().empty());
    rig.disk.clear_faults();
    restart();
    EXPECT_EQ(queue().size(), 10);
}

// An entry that another one has replaced in the same batch must not be passed over before that one
// is safe.
TEST_F(StoredQueueTest, a_segment_waits_for_the_settlements_that_it_passes_over) {
    publish(10);
    rig.commit();
    for (int count = 0; count < 9; ++count)
        queue().settle(*queue().deliver(0));
    queue().spill(10);
    rig.end_turn(false);
    rig.store_lane.run_all();
    EXPECT_EQ(rig.files_in("segments"), 0);
    rig.run_lanes();
    EXPECT_EQ(rig.files_in("segments"), 1);
    restart();
    ASSERT_EQ(queue().size(), 1);
    queue().drain();
    rig.commit();
    EXPECT_EQ(rig.files_in("segments"), 0);
    restart();
    EXPECT_EQ(queue().size(), 0);
}

}  // namespace
}  // namespace warren::storage
