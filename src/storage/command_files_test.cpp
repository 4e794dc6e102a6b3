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

TEST(command_files, repair_keeps_what_is_sound_and_puts_the_rest_aside) {
    SimulatedDisk disk(1);
    fill_with_snapshot(disk);
    const auto before = read_commands(disk, command_folder, false);
    disk.flip(std::string(command_folder) + "/" + snapshots(disk)[0], 64 + 64 + 16 + 17);
    const Texts files = names_in(disk, command_folder);
    ASSERT_FALSE(CommandProcess(disk).open());
    const auto repaired = repair_commands(disk, command_folder, "aside");
    ASSERT_TRUE(repaired);
    EXPECT_EQ(*repaired, before->commands.size() - 1);
    disk.restart();
    CommandProcess process(disk);
    ASSERT_TRUE(process.open());
    EXPECT_EQ(process.recovered.commands.size(), before->commands.size() - 1);
    EXPECT_EQ(process.recovered.commands.back(), before->commands.back());
    process.append_safely("after=1");
    process.die();
    for (const std::string& name : names_in(disk, "aside"))
        EXPECT_TRUE(std::ranges::find(files, name) != files.end()) << name;
    EXPECT_GE(names_in(disk, "aside").size(), 2u);
}

}  // namespace
}  // namespace warren::storage
