#include "runtime/timer_wheel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>

#include "base/prng.h"

namespace warren::runtime {
namespace {

TEST(timer_wheel, fires_at_its_time_and_not_before) {
    TimerWheel wheel({1000});
    TimerNode timer;
    wheel.schedule(timer, {1250});
    EXPECT_EQ(wheel.pop_due({1249}), nullptr);
    EXPECT_TRUE(timer.pending());
    EXPECT_EQ(wheel.pop_due({1250}), &timer);
    EXPECT_FALSE(timer.pending());
    EXPECT_EQ(wheel.pop_due({9999}), nullptr);
}

TEST(timer_wheel, a_time_in_the_past_is_due_at_once) {
    TimerWheel wheel({1000});
    TimerNode timer;
    wheel.schedule(timer, {10});
    EXPECT_LE(wheel.next_call(), Instant{1000});
    EXPECT_EQ(wheel.pop_due({1000}), &timer);
}

TEST(timer_wheel, scheduling_again_replaces_the_earlier_time) {
    TimerWheel wheel({0});
    TimerNode timer;
    wheel.schedule(timer, {10});
    wheel.schedule(timer, {5000});
    EXPECT_EQ(wheel.size(), 1u);
    EXPECT_EQ(wheel.pop_due({4999}), nullptr);
    EXPECT_EQ(wheel.pop_due({5000}), &timer);
}

TEST(timer_wheel, never_cancels) {
    TimerWheel wheel({0});
    TimerNode timer;
    wheel.schedule(timer, {10});
    wheel.schedule(timer, Instant::never());
    EXPECT_EQ(wheel.size(), 0u);
    EXPECT_EQ(wheel.next_call(), Instant::never());
}

TEST(timer_wheel, a_destroyed_timer_leaves_the_wheel) {
    TimerWheel wheel({0});
    {
        TimerNode timer;
        wheel.schedule(timer, {10});
        EXPECT_EQ(wheel.size(), 1u);
    }
    EXPECT_EQ(wheel.size(), 0u);
    EXPECT_EQ(wheel.pop_due({100}), nullptr);
}

TEST(timer_wheel, a_far_away_timer_asks_for_few_calls) {
    TimerWheel wheel({123'456'789});
    TimerNode timer;
    const Instant due{123'456'789 + 86'400'000};
    wheel.schedule(timer, due);
    int calls = 0;
    Instant now{};
    TimerNode* fired = nullptr;
    while (fired == nullptr && calls < 100) {
        ++calls;
        now = wheel.next_call();
        fired = wheel.pop_due(now);
    }
    EXPECT_EQ(fired, &timer);
    EXPECT_EQ(now, due);
    EXPECT_LE(calls, 7);
}

TEST(timer_wheel, takes_a_time_beyond_its_reach) {
    TimerWheel wheel({0});
    TimerNode timer;
    wheel.schedule(timer, {INT64_MAX - 1});
    EXPECT_TRUE(timer.pending());
    EXPECT_EQ(wheel.pop_due({std::int64_t{1} << 40}), nullptr);
    wheel.cancel(timer);
}

// The model is a multimap; the clock starts near a power of 64 so that every level wraps.
class TimerWheelModel : public testing::TestWithParam<std::int64_t> {};

TEST_P(TimerWheelModel, behaves_like_a_sorted_list_under_random_use) {
    Prng random(static_cast<std::uint64_t>(GetParam()));
    std::int64_t now_ms = GetParam();
    TimerWheel wheel({now_ms});
    std::deque<TimerNode> timers(200);
    std::map<const TimerNode*, std::int64_t> model;
    for (int step = 0; step < 100'000; ++step) {
        TimerNode& timer = timers[random.below(timers.size())];
        const auto range = std::uint64_t{1} << random.below(33);
        switch (random.below(4)) {
            case 0:
            case 1: {
                const auto ahead = static_cast<std::int64_t>(random.below(range));
                wheel.schedule(timer, {now_ms + ahead});
                model[&timer] = now_ms + ahead;
                break;
            }
            case 2:
                wheel.cancel(timer);
                model.erase(&timer);
                break;
            default: {
                now_ms += static_cast<std::int64_t>(random.below(range));
                std::int64_t previous_ms = INT64_MIN;
                while (const TimerNode* fired = wheel.pop_due({now_ms})) {
                    const auto found = model.find(fired);
                    ASSERT_NE(found, model.end());
                    ASSERT_LE(found->second, now_ms);
                    ASSERT_GE(found->second, previous_ms);
                    previous_ms = found->second;
                    model.erase(found);
                }
                for (const auto& [node, due_ms] : model)
                    ASSERT_GT(due_ms, now_ms);
            }
        }
        ASSERT_EQ(wheel.size(), model.size());
        std::int64_t earliest = INT64_MAX;
        for (const auto& [node, due_ms] : model)
            earliest = std::min(earliest, due_ms);
        ASSERT_LE(wheel.next_call().ms, earliest);
    }
}

INSTANTIATE_TEST_SUITE_P(starts, TimerWheelModel,
                         testing::Values(0, 4095, (std::int64_t{1} << 30) - 7,
                                         (std::int64_t{1} << 42) - 1000, 1'763'000'000'000));

}  // namespace
}  // namespace warren::runtime
