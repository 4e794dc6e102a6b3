#include "storage/command_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "storage/command_log_test_support.h"

namespace warren::storage {
namespace {

using sim::SimulatedDisk;
using Texts = std::vector<std::string>;

// A folder with a snapshot and a log behind it.
void fill_with_snapshot(SimulatedDisk& disk) {
    CommandProcess process(disk);
    ASSERT_TRUE(process.open());
    append_much(process, 60);
    ASSERT_EQ(snapshots(disk).size(), 1u);
    process.die();
}

TEST(command_files, no_damaged_byte_of_a_snapshot_goes_unseen) {
    SimulatedDisk disk(1);
    fill_with_snapshot(disk);
    const std::string path = std::string(command_folder) + "/" + snapshots(disk)[0];
    const auto before = read_commands(disk, command_folder, false);
    ASSERT_TRUE(before && before->damages.empty());
    for (std::uint64_t at = 0; at < before->snapshot_bytes; ++at) {
        disk.flip(path, at);
        const auto read = read_commands(disk, command_folder, false);
        ASSERT_TRUE(read);
        EXPECT_TRUE(!read->damages.empty() || read->commands == before->commands) << at;
        for (const WalDamage& damage : read->damages) {
            EXPECT_EQ(damage.place.path, path);
            EXPECT_LE(damage.place.offset, at);
        }
        disk.flip(path, at);
    }
}

TEST(command_files, a_snapshot_cut_anywhere_is_damage) {
    SimulatedDisk disk(1);
    fill_with_snapshot(disk);
    const std::string path = std::string(command_folder) + "/" + snapshots(disk)[0];
    const std::uint64_t bytes = read_commands(disk, command_folder, false)->snapshot_bytes;
    for (std::uint64_t count = bytes; count-- > 0;) {
        ASSERT_TRUE((*disk.open(path, OpenMode::update))->truncate(count));
        const auto read = read_commands(disk, command_folder, false);
        ASSERT_TRUE(read);
        EXPECT_FALSE(read->damages.empty()) << count;
    }
    EXPECT_FALSE(CommandProcess(disk).open());
}

}  // namespace
}  // namespace warren::storage
