#include "app/memory_alarm.h"

#include <gtest/gtest.h>

namespace warren::app {
namespace {

TEST(memory_alarm, goes_on_above_the_watermark_and_off_below_it) {
    config::Resources resources;
    resources.memory_available_bytes = 1000;
    resources.memory_high_watermark_share = 0.6;
    MemoryAlarm alarm(resources);
    EXPECT_EQ(alarm.limit_bytes(), 600u);
    EXPECT_FALSE(alarm.update(600));
    EXPECT_TRUE(alarm.update(601));
    EXPECT_EQ(alarm.reason(), "low on memory");
    EXPECT_FALSE(alarm.update(700));
    EXPECT_TRUE(alarm.update(500));
    EXPECT_EQ(alarm.reason(), "");
}

TEST(memory_alarm, an_absolute_watermark_beats_the_share) {
    config::Resources resources;
    resources.memory_available_bytes = 1000;
    resources.memory_high_watermark_bytes = 100;
    EXPECT_EQ(MemoryAlarm(resources).limit_bytes(), 100u);
}

TEST(memory_alarm, knows_what_this_process_uses_and_may_use) {
    EXPECT_GT(used_memory_bytes(), 100'000u);
    EXPECT_GT(available_memory_bytes(), used_memory_bytes());
}

}  // namespace
}  // namespace warren::app
