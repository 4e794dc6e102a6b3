// What is left on the simulated disk after a crash.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/sim/disk_test_support.h"
#include "tests/sim/simulated_disk.h"

namespace warren::sim {
namespace {

using storage::File;
using storage::OpenMode;

TEST(simulated_crash, what_was_synced_stays) {
    EXPECT_EQ(outcomes([](SimulatedDisk& disk) {
                  write_synced(disk, "x", "hello");
                  disk.restart();
                  return read(disk, "x");
              }),
              std::set<std::string>{"hello"});
}

TEST(simulated_crash, names_that_were_not_synced_may_be_lost) {
    const auto seen = outcomes([](SimulatedDisk& disk) {
        write_synced(disk, "old", "1");
        write(disk, "new", "2");
        EXPECT_TRUE(open(disk, "new", OpenMode::read)->sync());
        EXPECT_TRUE(disk.remove("old"));
        disk.restart();
        return read(disk, "old") + read(disk, "new");
    });
    EXPECT_EQ(seen, (std::set<std::string>{"1-", "12", "--", "-2"}));
}

TEST(simulated_crash, a_rename_is_one_step) {
    const auto seen = outcomes([](SimulatedDisk& disk) {
        write_synced(disk, "fresh", "new");
        write_synced(disk, "x", "old");
        EXPECT_TRUE(disk.rename("fresh", "x"));
        disk.restart();
        return read(disk, "fresh") + " " + read(disk, "x");
    });
    EXPECT_EQ(seen, (std::set<std::string>{"new old", "- new"}));
}

TEST(simulated_crash, changes_of_a_name_happen_in_their_order) {
    const auto seen = outcomes([](SimulatedDisk& disk) {
        write_synced(disk, "x", "1");
        EXPECT_TRUE(disk.rename("x", "y"));
        write(disk, "x", "2");
        EXPECT_TRUE(open(disk, "x", OpenMode::read)->sync());
        disk.restart();
        return read(disk, "x") + read(disk, "y");
    });
    EXPECT_EQ(seen, (std::set<std::string>{"1-", "-1", "21"}));
}

TEST(simulated_crash, syncing_one_folder_says_nothing_of_another) {
    const auto seen = outcomes([](SimulatedDisk& disk) {
        EXPECT_TRUE(disk.create_folder("a"));
        EXPECT_TRUE(disk.create_folder("b"));
        write(disk, "a/x", "");
        write(disk, "b/x", "");
        EXPECT_TRUE(disk.sync_folder("a"));
        disk.restart();
        return read(disk, "a/x") + read(disk, "b/x");
    });
    EXPECT_EQ(seen, (std::set<std::string>{"", "-"}));
}

TEST(simulated_crash, a_file_moved_to_a_synced_folder_is_there_once) {
    EXPECT_EQ(outcomes([](SimulatedDisk& disk) {
                  EXPECT_TRUE(disk.create_folder("a"));
                  EXPECT_TRUE(disk.create_folder("b"));
                  write(disk, "a/x", "1");
                  EXPECT_TRUE(open(disk, "a/x", OpenMode::read)->sync());
                  EXPECT_TRUE(disk.rename("a/x", "b/y"));
                  EXPECT_TRUE(disk.sync_folder("b"));
                  disk.restart();
                  return read(disk, "a/x") + read(disk, "b/y");
              }),
              std::set<std::string>{"-1"});
}

TEST(simulated_crash, sizes_that_were_not_synced_may_be_lost) {
    const auto seen = outcomes([](SimulatedDisk& disk) {
        write_synced(disk, "x", "ab");
        EXPECT_TRUE(open(disk, "x", OpenMode::update)->write_at(2, as_bytes("cd")));
        disk.restart();
        std::string text = read(disk, "x");
        for (char& letter : text)
            if (letter == '\0') letter = '0';
        return text;
    });
    EXPECT_TRUE(seen.contains("ab"));
    EXPECT_TRUE(seen.contains("ab00"));
    EXPECT_TRUE(seen.contains("abcd"));
    for (const std::string& text : seen) {
        EXPECT_EQ(text.substr(0, 2), "ab");
        EXPECT_TRUE(text.size() == 2 || text.size() == 4) << text;
    }
}

// Sectors 0 to 3 hold 'o'; 1 and 2 are written with 'n', the 2 in its first half only.
TEST(simulated_crash, sectors_that_were_written_may_be_lost_or_torn_and_no_others) {
    std::set<std::string> fates;
    bool torn = false;
    for (std::uint64_t seed = 0; seed < seed_count; ++seed) {
        SimulatedDisk disk(seed);
        write_synced(disk, "x", std::string(4 * sector_bytes, 'o'));
        const auto file = open(disk, "x", OpenMode::update);
        EXPECT_TRUE(file->write_at(sector_bytes, as_bytes(std::string(sector_bytes * 3 / 2, 'n'))));
        disk.restart();
        const std::string text = read(disk, "x");
        ASSERT_EQ(text.size(), 4 * sector_bytes);
        EXPECT_EQ(text.substr(0, sector_bytes), std::string(sector_bytes, 'o'));
        EXPECT_EQ(text.substr(sector_bytes * 5 / 2), std::string(sector_bytes * 3 / 2, 'o'));
        const std::string first = text.substr(sector_bytes, sector_bytes);
        const std::string second = text.substr(2 * sector_bytes, sector_bytes / 2);
        for (const std::string& sector : {first, second})
            if (sector.contains('o') && sector.contains('n')) torn = true;
        fates.insert({first.front(), second.back()});
    }
    EXPECT_EQ(fates, (std::set<std::string>{"oo", "on", "no", "nn"}));
    EXPECT_TRUE(torn);
}

TEST(simulated_crash, of_several_writes_to_a_sector_the_oldest_arrive) {
    const auto seen = outcomes([](SimulatedDisk& disk) {
        write_synced(disk, "x", "0000");
        const auto file = open(disk, "x", OpenMode::update);
        for (std::uint64_t at = 0; at < 4; ++at)
            EXPECT_TRUE(file->write_at(at, as_bytes("1")));
        disk.restart();
        return read(disk, "x");
    });
    EXPECT_EQ(seen, (std::set<std::string>{"0000", "1000", "1100", "1110", "1111"}));
}

TEST(simulated_crash, what_was_cut_may_come_back) {
    const auto seen = outcomes([](SimulatedDisk& disk) {
        write_synced(disk, "x", "old");
        write(disk, "x", "new");
        disk.restart();
        return read(disk, "x");
    });
    EXPECT_TRUE(seen.contains("old"));
    EXPECT_TRUE(seen.contains("new"));
    EXPECT_TRUE(seen.contains(""));
}

TEST(simulated_crash, a_killed_process_loses_nothing_until_the_power_goes) {
    EXPECT_EQ(outcomes([](SimulatedDisk& disk) {
                  write(disk, "x", "hello");
                  disk.restart(Crash::process_kill);
                  return read(disk, "x");
              }),
              std::set<std::string>{"hello"});
    EXPECT_TRUE(outcomes([](SimulatedDisk& disk) {
                    write(disk, "x", "hello");
                    disk.restart(Crash::process_kill);
                    disk.restart(Crash::power_loss);
                    return read(disk, "x");
                }).contains("-"));
}

TEST(simulated_crash, one_seed_has_one_outcome) {
    const auto run = [] {
        SimulatedDisk disk(7);
        write_synced(disk, "x", std::string(100'000, 'o'));
        EXPECT_TRUE(
            open(disk, "x", OpenMode::update)->write_at(0, as_bytes(std::string(100'000, 'n'))));
        disk.restart();
        return read(disk, "x");
    };
    EXPECT_EQ(run(), run());
}

TEST(simulated_crash, is_off_from_the_crash_to_the_restart) {
    SimulatedDisk disk(1);
    const auto file = open(disk, "x", OpenMode::create);
    disk.crash_at(2);
    EXPECT_TRUE(file->write_at(0, as_bytes("a")));
    EXPECT_TRUE(file->size());
    EXPECT_FALSE(disk.is_off());
    EXPECT_EQ(code_of(file->sync()), machine_is_off);
    EXPECT_TRUE(disk.is_off());
    const std::uint64_t calls_before = disk.mutating_calls();
    EXPECT_EQ(code_of(file->write_at(0, as_bytes("a"))), machine_is_off);
    EXPECT_EQ(code_of(file->sync()), machine_is_off);
    EXPECT_EQ(code_of(file->truncate(9)), machine_is_off);
    EXPECT_EQ(code_of(file->reserve(9)), machine_is_off);
    EXPECT_EQ(file->size().error().code, machine_is_off);
    EXPECT_EQ(disk.open("x", OpenMode::read).error().code, machine_is_off);
    EXPECT_EQ(disk.open("y", OpenMode::create).error().code, machine_is_off);
    EXPECT_EQ(code_of(disk.remove("x")), machine_is_off);
    EXPECT_EQ(code_of(disk.rename("x", "y")), machine_is_off);
    EXPECT_EQ(code_of(disk.create_folder("a")), machine_is_off);
    EXPECT_EQ(code_of(disk.sync_folder("")), machine_is_off);
    EXPECT_EQ(disk.list("").error().code, machine_is_off);
    EXPECT_EQ(disk.free_bytes("").error().code, machine_is_off);
    EXPECT_EQ(disk.lock("l").error().code, machine_is_off);
    EXPECT_EQ(disk.mutating_calls(), calls_before);
    disk.restart();
    EXPECT_FALSE(disk.is_off());
    EXPECT_TRUE(disk.list(""));
    std::byte letter{};
    EXPECT_EQ(file->read_at(0, {&letter, 1}).error().code, machine_is_off);
    EXPECT_EQ(code_of(file->sync()), machine_is_off);
    write_synced(disk, "x", "no crash is ahead");
}

// Each kind of call may have had its effect when a crash hits it, or not.
TEST(simulated_crash, the_call_that_a_crash_hits_may_have_happened) {
    const auto hit = [](auto call) {
        return outcomes([&](SimulatedDisk& disk) {
            write_synced(disk, "x", "ab");
            const auto file = open(disk, "x", OpenMode::update);
            disk.crash_at(1, Crash::process_kill);
            EXPECT_EQ(code_of(call(disk, *file)), machine_is_off);
            disk.restart();
            return read(disk, "x") + read(disk, "y") + (disk.list("f") ? "f" : "") +
                   (disk.list("f/g") ? "g" : "");
        });
    };
    using Texts = std::set<std::string>;
    EXPECT_EQ(hit([](SimulatedDisk&, File& file) { return file.write_at(0, as_bytes("12")); }),
              (Texts{"ab-", "1b-", "12-"}));
    EXPECT_EQ(hit([](SimulatedDisk&, File& file) { return file.truncate(1); }),
              (Texts{"ab-", "a-"}));
    EXPECT_EQ(hit([](SimulatedDisk&, File& file) { return file.reserve(3); }),
              (Texts{"ab-", std::string("ab\0-", 4)}));
    EXPECT_EQ(hit([](SimulatedDisk& disk, File&) { return disk.remove("x"); }),
              (Texts{"ab-", "--"}));
    EXPECT_EQ(hit([](SimulatedDisk& disk, File&) { return disk.rename("x", "y"); }),
              (Texts{"ab-", "-ab"}));
    EXPECT_EQ(hit([](SimulatedDisk& disk, File&) { return disk.create_folder("f/g"); }),
              (Texts{"ab-", "ab-f", "ab-fg"}));
}

}  // namespace
}  // namespace warren::sim
