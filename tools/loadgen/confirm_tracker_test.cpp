#include "confirm_tracker.h"

#include <gtest/gtest.h>

namespace loadgen {
namespace {

TEST(confirm_tracker, gives_room_back_when_the_lowest_are_settled) {
    ConfirmTracker tracker(4);
    tracker.sent(4, 100);
    EXPECT_EQ(tracker.room(), 0u);
    EXPECT_EQ(tracker.settle(3, false, 150, nullptr), 1u);
    EXPECT_EQ(tracker.room(), 0u) << "the window is counted from the oldest one";
    EXPECT_EQ(tracker.settle(1, false, 150, nullptr), 1u);
    EXPECT_EQ(tracker.room(), 1u);
    EXPECT_EQ(tracker.settle(2, false, 150, nullptr), 1u);
    EXPECT_EQ(tracker.room(), 3u);
    EXPECT_EQ(tracker.outstanding(), 1u);
}

TEST(confirm_tracker, multiple_settles_only_what_is_still_open) {
    ConfirmTracker tracker(10);
    Histogram latency;
    tracker.sent(6, 100);
    EXPECT_EQ(tracker.settle(2, false, 110, &latency), 1u);
    EXPECT_EQ(tracker.settle(5, true, 140, &latency), 4u);
    EXPECT_EQ(tracker.settle(0, true, 140, &latency), 1u);
    EXPECT_EQ(tracker.outstanding(), 0u);
    EXPECT_EQ(latency.count(), 6u);
    EXPECT_EQ(latency.max(), 40u);
    EXPECT_EQ(latency.quantile(0.1), 10u);
}

TEST(confirm_tracker, says_when_nothing_was_outstanding) {
    ConfirmTracker tracker(3);
    EXPECT_EQ(tracker.settle(1, false, 1, nullptr), 0u);
    tracker.sent(2, 1);
    EXPECT_EQ(tracker.settle(3, false, 1, nullptr), 0u) << "never sent";
    EXPECT_EQ(tracker.settle(2, true, 1, nullptr), 2u);
    EXPECT_EQ(tracker.settle(1, false, 1, nullptr), 0u) << "confirmed twice";
    EXPECT_EQ(tracker.settle(2, true, 1, nullptr), 0u);
}

TEST(confirm_tracker, stays_right_over_many_laps_of_its_ring) {
    ConfirmTracker tracker(7);
    std::uint64_t next_tag = 1;
    for (int lap = 0; lap < 1000; ++lap) {
        const std::size_t count = tracker.room();
        ASSERT_EQ(count, 7u);
        tracker.sent(count, static_cast<Nanos>(lap));
        next_tag += count;
        ASSERT_EQ(tracker.settle(next_tag - 1, true, static_cast<Nanos>(lap), nullptr), 7u);
    }
}

}  // namespace
}  // namespace loadgen
