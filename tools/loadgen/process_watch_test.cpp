#include "process_watch.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

namespace loadgen {
namespace {

TEST(process_watch, finds_the_parent_behind_an_awkward_name) {
    EXPECT_EQ(parent_in_stat_line("12 (bash) S 7 12 12 0"), 7);
    EXPECT_EQ(parent_in_stat_line("12 (a ) b (c)) R 4711 12"), 4711);
    EXPECT_FALSE(parent_in_stat_line("").has_value());
    EXPECT_FALSE(parent_in_stat_line("12 (x)").has_value());
}

TEST(process_watch, reads_resident_memory_in_bytes) {
    EXPECT_EQ(resident_in_status("VmHWM:\t 9 kB\nVmRSS:\t    2048 kB\nRssAnon: 1 kB\n"),
              2048u * 1024);
    EXPECT_EQ(resident_in_status("Name: kthreadd\n"), 0u);
}

TEST(process_watch, sums_a_child_and_its_threads_that_have_ended) {
    const pid_t child = fork();
    if (child == 0) {
        // The parent of the busy thread is a grandchild of the test.
        if (fork() == 0) {
            std::thread([] {
                const std::clock_t until = std::clock() + CLOCKS_PER_SEC / 5;
                while (std::clock() < until) {
                }
            }).join();
        }
        pause();
        _exit(0);
    }
    const ProcessWatch watch(child);
    double cpu_s = 0;
    for (int i = 0; i < 500 && cpu_s < 0.19; ++i) {
        usleep(20'000);
        cpu_s = watch.sample()->cpu_s;
    }
    EXPECT_GE(cpu_s, 0.19);
    EXPECT_LT(cpu_s, 2.0);
    EXPECT_GT(watch.sample()->resident_bytes, 100'000u);
    const auto family = with_descendants(child);
    ASSERT_EQ(family.size(), 2u);
    for (const pid_t pid : family)
        kill(pid, SIGKILL);
    waitpid(child, nullptr, 0);
    EXPECT_FALSE(watch.sample().has_value());
}

TEST(process_watch, without_a_pid_sees_nothing) {
    EXPECT_FALSE(ProcessWatch(0).sample().has_value());
}

}  // namespace
}  // namespace loadgen
