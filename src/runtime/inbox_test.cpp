#include "runtime/inbox.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace warren::runtime {
namespace {

TEST(Inbox, wakes_once_for_all_that_gathers) {
    int woken = 0;
    Inbox inbox([&] { ++woken; });
    std::vector<int> ran;
    inbox.post_from_any_thread([&] { ran.push_back(1); });
    inbox.post_from_any_thread([&] { ran.push_back(2); });
    EXPECT_EQ(woken, 1);
    inbox.run_all();
    EXPECT_EQ(ran, (std::vector{1, 2}));
    inbox.post_from_any_thread([&] { ran.push_back(3); });
    EXPECT_EQ(woken, 2);
    inbox.run_all();
    inbox.run_all();
    EXPECT_EQ(ran, (std::vector{1, 2, 3}));
}

TEST(Inbox, what_is_posted_while_it_runs_waits_for_the_next_time) {
    int woken = 0;
    int ran = 0;
    Inbox inbox([&] { ++woken; });
    inbox.post_from_any_thread([&] { inbox.post_from_any_thread([&] { ++ran; }); });
    inbox.run_all();
    EXPECT_EQ(ran, 0);
    EXPECT_EQ(woken, 2);
    inbox.run_all();
    EXPECT_EQ(ran, 1);
}

TEST(Inbox, nothing_is_lost_between_threads) {
    constexpr int count = 1000;
    std::atomic<bool> wanted = false;
    Inbox inbox([&] { wanted = true; });
    int ran = 0;
    std::thread poster([&] {
        for (int n = 0; n < count; ++n)
            inbox.post_from_any_thread([&] { ++ran; });
    });
    while (ran < count)
        if (wanted.exchange(false)) inbox.run_all();
    poster.join();
    EXPECT_EQ(ran, count);
}

}  // namespace
}  // namespace warren::runtime
