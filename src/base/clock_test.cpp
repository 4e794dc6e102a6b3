#include "base/clock.h"

#include <gtest/gtest.h>
#include <time.h>

namespace warren {
namespace {

constexpr std::int64_t ms = 1'000'000;  // in ns

TEST(clock_lead, is_whole_milliseconds_and_never_too_many) {
    EXPECT_EQ(ClockLead(7 * ms).ms(), 7);
    EXPECT_EQ(ClockLead(8 * ms - 1).ms(), 7);
    EXPECT_EQ(ClockLead(0).ms(), 0);
    EXPECT_EQ(ClockLead(-1).ms(), -1);
    EXPECT_EQ(ClockLead(-7 * ms).ms(), -7);
    EXPECT_EQ(ClockLead(-7 * ms - 1).ms(), -8);
}

TEST(clock_lead, stays_while_readings_waver_around_a_millisecond) {
    ClockLead lead(7 * ms);
    for (const std::int64_t waver : {0, 300, -300, 40'000, -300, 0}) {
        lead.follow(8 * ms + waver);
        EXPECT_EQ(lead.ms(), 7) << waver;
    }
    lead.follow(7 * ms - 1);
    for (const std::int64_t waver : {0, 300, -300, 40'000}) {
        lead.follow(7 * ms + waver);
        EXPECT_EQ(lead.ms(), 6) << waver;
    }
}

TEST(clock_lead, follows_a_clock_that_is_set) {
    ClockLead lead(7 * ms);
    lead.follow(8 * ms + 60'000);
    EXPECT_EQ(lead.ms(), 8);
    lead.follow(3'600'000 * ms);
    EXPECT_EQ(lead.ms(), 3'600'000);
    lead.follow(-5 * ms);
    EXPECT_EQ(lead.ms(), -5);
}

TEST(clock, says_what_the_system_says_or_a_little_less) {
    timespec before{};
    clock_gettime(CLOCK_REALTIME, &before);
    const Now now = read_clocks();
    timespec after{};
    clock_gettime(CLOCK_REALTIME, &after);
    const auto ms_of = [](const timespec& time) {
        return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / ms;
    };
    EXPECT_GE(now.wall.ms, ms_of(before) - 3);
    EXPECT_LE(now.wall.ms, ms_of(after));
}

// Over some hundred milliseconds, so that both begin new ones many times.
TEST(clock, readings_agree_with_one_another) {
    const Now first = read_clocks();
    for (Now now = first; now.instant.ms_since(first.instant) < 300; now = read_clocks())
        ASSERT_EQ(now.wall.ms - now.instant.ms, first.wall.ms - first.instant.ms);
}

}  // namespace
}  // namespace warren
