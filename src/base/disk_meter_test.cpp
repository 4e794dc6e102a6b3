#include "base/disk_meter.h"

#include <gtest/gtest.h>

namespace warren {
namespace {

TEST(DiskMeterTest, each_piece_of_work_is_counted_with_its_bytes_and_time) {
    const DiskCount before = disk_work(DiskWork::write);
    const DiskCount others_before = disk_work(DiskWork::read);
    note_disk_work(DiskWork::write, 100, 3'000'000);
    note_disk_work(DiskWork::write, 20, 1'000'000);
    {
        const DiskTimer timer(DiskWork::write, 7);
    }
    const DiskCount after = disk_work(DiskWork::write);
    EXPECT_EQ(after.times - before.times, 3u);
    EXPECT_EQ(after.bytes - before.bytes, 127u);
    EXPECT_GE(after.ns - before.ns, 4'000'000u);
    EXPECT_EQ(disk_work(DiskWork::read).times, others_before.times);
}

TEST(DiskMeterTest, the_average_of_nothing_is_nothing) {
    EXPECT_EQ(DiskCount{}.average_ms(), 0.0);
    EXPECT_EQ((DiskCount{.times = 2, .bytes = 0, .ns = 5'000'000}).average_ms(), 2.5);
}

}  // namespace
}  // namespace warren
