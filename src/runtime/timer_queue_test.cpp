#include "runtime/timer_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace warren::runtime {
namespace {

TEST(timer_queue, calls_what_is_due_in_order) {
    TimerQueue queue({0});
    std::string calls;
    Timer late(queue, [&] { calls += "late "; });
    Timer early(queue, [&] { calls += "early "; });
    late.schedule({500});
    early.schedule({20});
    EXPECT_FALSE(queue.run_due({19}, 10));
    EXPECT_EQ(calls, "");
    EXPECT_FALSE(queue.run_due({1000}, 10));
    EXPECT_EQ(calls, "early late ");
    EXPECT_EQ(queue.next_call(), Instant::never());
}

TEST(timer_queue, stops_at_the_bound_and_says_that_there_is_more) {
    TimerQueue queue({0});
    int calls = 0;
    std::vector<std::unique_ptr<Timer>> timers;
    for (int n = 0; n < 5; ++n) {
        timers.push_back(std::make_unique<Timer>(queue, [&] { ++calls; }));
        timers.back()->schedule({10});
    }
    EXPECT_TRUE(queue.run_due({10}, 3));
    EXPECT_EQ(calls, 3);
    EXPECT_FALSE(queue.run_due({10}, 3));
    EXPECT_EQ(calls, 5);
}

TEST(timer_queue, a_function_may_schedule_its_own_timer_again) {
    TimerQueue queue({0});
    int calls = 0;
    Timer* self = nullptr;
    Timer timer(queue, [&] {
        ++calls;
        self->schedule({calls * 100});
    });
    self = &timer;
    timer.schedule({1});
    queue.run_due({50}, 10);
    queue.run_due({150}, 10);
    queue.run_due({250}, 10);
    EXPECT_EQ(calls, 3);
}

TEST(timer_queue, a_function_may_destroy_a_timer_that_is_due_too) {
    TimerQueue queue({0});
    auto victim = std::make_unique<Timer>(queue, [] { FAIL() << "called after its destruction"; });
    Timer killer(queue, [&] { victim.reset(); });
    killer.schedule({5});
    victim->schedule({6});
    EXPECT_FALSE(queue.run_due({10}, 10));
    EXPECT_EQ(queue.size(), 0u);
}

}  // namespace
}  // namespace warren::runtime
