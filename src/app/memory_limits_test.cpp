#include "app/memory_limits.h"

#include <gtest/gtest.h>

#include "app/logging/test_files.h"

namespace warren::app {
namespace {

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t machine_bytes = 8'000'000 * kib;

// A machine with 8,000,000 kB and no control groups until a test writes some.
class MemoryLimits : public ::testing::Test {
protected:
    TestFiles files;

    MemoryLimits() {
        files.write("proc/meminfo", "MemTotal:        8000000 kB\nMemFree:          100000 kB\n");
    }
    void mounts(const std::string& lines) { files.write("proc/self/mountinfo", lines); }
    void groups(const std::string& lines) { files.write("proc/self/cgroup", lines); }
    std::uint64_t available() { return available_memory_bytes(files.path()); }
};

constexpr const char* version_2_mount =
    "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
    "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr const char* version_1_mounts =
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";

TEST_F(MemoryLimits, without_control_groups_are_the_machine_s) {
    EXPECT_EQ(available(), machine_bytes);
}

TEST_F(MemoryLimits, version_2_takes_the_group_s_own_limit) {
    mounts(version_2_mount);
    groups("0::/system.slice/warrenmq.service\n");
    files.write("sys/fs/cgroup/system.slice/warrenmq.service/memory.max", "123456789\n");
    files.write("sys/fs/cgroup/system.slice/memory.max", "max\n");
    EXPECT_EQ(available(), 123456789u);
}

TEST_F(MemoryLimits, version_2_takes_a_smaller_limit_of_any_group_above) {
    mounts(version_2_mount);
    groups("0::/a/b/c\n");
    files.write("sys/fs/cgroup/a/b/c/memory.max", "3000000\n");
    files.write("sys/fs/cgroup/a/b/memory.max", "1000000\n");
    files.write("sys/fs/cgroup/a/memory.max", "2000000\n");
    EXPECT_EQ(available(), 1'000'000u);
    files.write("sys/fs/cgroup/a/memory.max", "500000\n");
    EXPECT_EQ(available(), 500'000u);
}

TEST_F(MemoryLimits, version_2_inside_a_container_is_read_at_the_mount_point) {
    mounts(version_2_mount);
    groups("0::/\n");
    files.write("sys/fs/cgroup/memory.max", "777777\n");
    EXPECT_EQ(available(), 777'777u);
}

TEST_F(MemoryLimits, version_1_takes_the_smallest_limit_of_the_memory_controller) {
    mounts(version_1_mounts);
    groups("5:cpu,cpuacct:/other\n4:memory:/docker/abc\n0::/\n");
    files.write("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "9223372036854771712\n");
    files.write("sys/fs/cgroup/memory/docker/memory.limit_in_bytes", "44444\n");
    files.write("sys/fs/cgroup/memory/other/memory.limit_in_bytes", "1\n");
    EXPECT_EQ(available(), 44'444u);
}

TEST_F(MemoryLimits, version_1_shown_from_its_own_group_on_is_found) {
    mounts("35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
    groups("4:memory:/docker/abc\n");
    files.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "55555\n");
    EXPECT_EQ(available(), 55'555u);
    groups("4:memory:/docker/abc/inner\n");
    files.write("sys/fs/cgroup/memory/inner/memory.limit_in_bytes", "333\n");
    EXPECT_EQ(available(), 333u);
}

TEST_F(MemoryLimits, of_both_versions_the_smaller_counts) {
    mounts(std::string(version_1_mounts) +
           "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    groups("4:memory:/\n0::/mine\n");
    files.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "2000\n");
    files.write("sys/fs/cgroup/unified/mine/memory.max", "1000\n");
    EXPECT_EQ(available(), 1'000u);
}

TEST_F(MemoryLimits, mount_points_may_hold_blanks) {
    mounts("31 23 0:28 / /my\\040groups rw - cgroup2 cgroup2 rw\n");
    groups("0::/\n");
    files.write("my groups/memory.max", "99\n");
    EXPECT_EQ(available(), 99u);
}

TEST_F(MemoryLimits, files_that_make_no_sense_change_nothing) {
    mounts("31\n- - -\n31 23 0:28 / /sys\\ rw - cgroup2\n" + std::string(version_2_mount));
    groups("nonsense\n0::relative\n");
    files.write("sys/fs/cgroup/memory.max", "many\n");
    EXPECT_EQ(available(), machine_bytes);
}

TEST_F(MemoryLimits, of_this_machine_are_above_what_this_process_uses) {
    EXPECT_GT(used_memory_bytes(), 100'000u);
    EXPECT_GT(available_memory_bytes(), used_memory_bytes());
}

}  // namespace
}  // namespace warren::app
