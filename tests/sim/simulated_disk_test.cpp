#include "tests/sim/simulated_disk.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <string>

#include "tests/sim/disk_test_support.h"

namespace warren::sim {
namespace {

using storage::OpenMode;

TEST(simulated_disk, keeps_files_as_a_file_system_does) {
    SimulatedDisk disk(1);
    ASSERT_TRUE(disk.create_folder("data//a/"));
    const auto file = open(disk, "data/a/x", OpenMode::create);
    ASSERT_TRUE(file->write_at(3, as_bytes("hello")));
    EXPECT_EQ(read(disk, "data/a/x"), std::string("\0\0\0hello", 8));
    ASSERT_TRUE(file->truncate(4));
    ASSERT_TRUE(file->reserve(6));
    ASSERT_TRUE(file->reserve(2));
    EXPECT_EQ(read(disk, "data/a/x"), std::string("\0\0\0h\0\0", 6));
    std::vector<std::byte> much(10);
    EXPECT_EQ(*file->read_at(4, much), 2u);
    EXPECT_EQ(*file->read_at(6, much), 0u);
    ASSERT_TRUE(disk.rename("data/a/x", "./data/y"));
    EXPECT_EQ(read(disk, "data/a/x"), "-");
    const auto entries = *disk.list("data");
    ASSERT_EQ(entries.size(), 2u);
    EXPECT_EQ(entries[0].name, "a");
    EXPECT_TRUE(entries[0].directory);
    EXPECT_EQ(entries[1].name, "y");
    EXPECT_EQ(entries[1].bytes, 6u);
    ASSERT_TRUE(disk.remove("data/y"));
    EXPECT_EQ(*file->size(), 6u);
    open(disk, "data/y", OpenMode::create);
    EXPECT_EQ(read(disk, "data/y"), "");
}

TEST(simulated_disk, refuses_what_a_file_system_refuses) {
    SimulatedDisk disk(1);
    EXPECT_EQ(disk.open("x", OpenMode::update).error().code, ENOENT);
    EXPECT_EQ(disk.open("none/x", OpenMode::create).error().code, ENOENT);
    EXPECT_EQ(disk.open(".", OpenMode::create).error().code, EISDIR);
    EXPECT_EQ(disk.list("none").error().code, ENOENT);
    EXPECT_EQ(code_of(disk.sync_folder("none")), ENOENT);
    EXPECT_EQ(code_of(disk.remove("x")), ENOENT);
    EXPECT_EQ(code_of(disk.rename("x", "y")), ENOENT);
    write(disk, "x", "in the way");
    EXPECT_EQ(code_of(disk.create_folder("x/y")), EEXIST);
    EXPECT_EQ(code_of(open(disk, "x", OpenMode::read)->write_at(0, as_bytes("a"))), EBADF);
    EXPECT_EQ(read(disk, "x"), "in the way");
}

TEST(simulated_disk, locks_once_for_each_life) {
    SimulatedDisk disk(1);
    auto held = disk.lock("lock");
    ASSERT_TRUE(held);
    EXPECT_EQ(disk.lock("lock").error().code, EWOULDBLOCK);
    held->reset();
    held = disk.lock("lock");
    disk.restart();
    auto next = disk.lock("lock");
    EXPECT_TRUE(next);
    held->reset();
    EXPECT_EQ(disk.lock("lock").error().code, EWOULDBLOCK);
}

TEST(simulated_disk, refuses_the_calls_it_is_told_to) {
    SimulatedDisk disk(1);
    disk.add_fault({.call = IoCall::rename, .path_part = "a", .skip = 1, .times = 2, .code = EIO});
    for (const char* path : {"a", "b"})
        write(disk, path, "");
    EXPECT_EQ(code_of(disk.rename("a", "a1")), 0);
    EXPECT_EQ(code_of(disk.rename("b", "b1")), 0);
    EXPECT_EQ(code_of(disk.rename("a1", "a2")), EIO);
    EXPECT_EQ(code_of(disk.rename("b1", "b2")), 0);
    EXPECT_EQ(code_of(disk.rename("a1", "a2")), EIO);
    EXPECT_EQ(code_of(disk.rename("a1", "a2")), 0);
    EXPECT_EQ(read(disk, "a2"), "");
    disk.add_fault({.skip = 1, .code = EACCES});
    EXPECT_TRUE(disk.list(""));
    EXPECT_EQ(code_of(disk.create_folder("f")), EACCES);
    EXPECT_EQ(disk.list("f").error().code, ENOENT);
    disk.add_fault({.times = 100, .code = EIO});
    disk.clear_faults();
    EXPECT_TRUE(disk.list(""));
}

TEST(simulated_disk, a_failed_write_may_leave_its_first_part) {
    const auto seen = outcomes([](SimulatedDisk& disk) {
        write(disk, "x", "ab");
        disk.add_fault({.call = IoCall::write, .code = EIO});
        EXPECT_EQ(code_of(open(disk, "x", OpenMode::update)->write_at(0, as_bytes("123"))), EIO);
        return read(disk, "x");
    });
    EXPECT_EQ(seen, (std::set<std::string>{"ab", "1b", "12", "123"}));
}

TEST(simulated_disk, a_failed_sync_may_have_lost_what_a_later_one_seems_to_keep) {
    const auto seen = outcomes([](SimulatedDisk& disk) {
        write_synced(disk, "x", "old");
        const auto file = open(disk, "x", OpenMode::update);
        EXPECT_TRUE(file->write_at(0, as_bytes("n")));
        disk.add_fault({.call = IoCall::sync, .code = EIO});
        EXPECT_EQ(code_of(file->sync()), EIO);
        EXPECT_EQ(read(disk, "x"), "nld");
        EXPECT_TRUE(file->write_at(2, as_bytes("w")));
        EXPECT_TRUE(file->sync());
        EXPECT_EQ(read(disk, "x"), "nlw");
        disk.restart();
        return read(disk, "x");
    });
    EXPECT_EQ(seen, (std::set<std::string>{"olw", "nlw"}));
}

TEST(simulated_disk, a_failed_folder_sync_may_have_lost_names_for_good) {
    const auto seen = outcomes([](SimulatedDisk& disk) {
        write(disk, "x", "");
        disk.add_fault({.call = IoCall::sync_folder, .code = EIO});
        EXPECT_EQ(code_of(disk.sync_folder("")), EIO);
        EXPECT_EQ(read(disk, "x"), "");
        EXPECT_TRUE(disk.sync_folder(""));
        disk.restart();
        return read(disk, "x");
    });
    EXPECT_EQ(seen, (std::set<std::string>{"", "-"}));
}

TEST(simulated_disk, a_full_disk_refuses_growth_and_nothing_else) {
    SimulatedDisk disk(1);
    disk.set_capacity(10);
    write(disk, "x", "12345");
    write(disk, "y", "1234");
    EXPECT_EQ(*disk.free_bytes(""), 1u);
    const auto file = open(disk, "x", OpenMode::update);
    EXPECT_EQ(code_of(file->write_at(4, as_bytes("567"))), ENOSPC);
    EXPECT_LE(*file->size(), 6u);
    ASSERT_TRUE(file->truncate(5));
    EXPECT_EQ(code_of(file->reserve(7)), ENOSPC);
    EXPECT_EQ(code_of(file->truncate(7)), ENOSPC);
    EXPECT_EQ(*file->size(), 5u);
    EXPECT_TRUE(file->write_at(0, as_bytes("abcdef")));
    EXPECT_TRUE(file->sync());
    EXPECT_EQ(*disk.free_bytes(""), 0u);
    ASSERT_TRUE(disk.remove("y"));
    EXPECT_TRUE(file->reserve(10));
    EXPECT_EQ(disk.used_bytes(), 10u);
}

TEST(simulated_disk, a_flipped_bit_stays_wrong) {
    EXPECT_EQ(outcomes([](SimulatedDisk& disk) {
                  write_synced(disk, "x", "aaa");
                  disk.flip("x", 1);
                  const std::string before = read(disk, "x");
                  disk.restart();
                  return before + read(disk, "x");
              }),
              std::set<std::string>{"a`aa`a"});
}

TEST(simulated_disk, counts_calls_by_kind) {
    SimulatedDisk disk(1);
    write_synced(disk, "x", "a");
    const auto file = open(disk, "x", OpenMode::update);
    EXPECT_TRUE(file->sync());
    EXPECT_EQ(disk.calls(IoCall::create), 1u);
    EXPECT_EQ(disk.calls(IoCall::open), 2u);
    EXPECT_EQ(disk.calls(IoCall::write), 1u);
    EXPECT_EQ(disk.calls(IoCall::sync), 2u);
    EXPECT_EQ(disk.calls(IoCall::sync_folder), 1u);
    EXPECT_EQ(disk.calls(IoCall::read), 0u);
    EXPECT_EQ(disk.mutating_calls(), 5u);
}

}  // namespace
}  // namespace warren::sim
