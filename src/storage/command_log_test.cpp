#include "storage/command_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "storage/command_log_test_support.h"
#include "storage/wal.h"

namespace warren::storage {
namespace {

using sim::IoCall;
using sim::SimulatedDisk;
using Texts = std::vector<std::string>;

TEST(command_log, gives_back_what_was_appended_in_order) {
    SimulatedDisk disk(1);
    const Texts commands = {"a=1", "b=", "a=2", "c=" + std::string(1000, 'x')};
    {
        CommandProcess process(disk);
        ASSERT_TRUE(process.open());
        for (const std::string& command : commands)
            process.append_safely(command);
        process.die();
    }
    disk.restart();
    CommandProcess process(disk);
    ASSERT_TRUE(process.open());
    EXPECT_EQ(process.recovered.commands, commands);
    EXPECT_TRUE(process.recovered.notes.empty());
    process.die();
}

TEST(command_log, says_how_far_it_is_durable) {
    SimulatedDisk disk(1);
    CommandProcess process(disk);
    ASSERT_TRUE(process.open());
    EXPECT_EQ(process.append("a=1"), 1u);
    EXPECT_EQ(process.append("a=2"), 2u);
    process.log->end_turn(process.now, true);
    EXPECT_EQ(process.append("a=3"), 3u);
    process.lane.run_work();
    EXPECT_EQ(process.log->durable_through(), 0u);
    process.lane.run_done();
    EXPECT_EQ(process.log->durable_through(), 2u);
    EXPECT_EQ(process.events.durable, 2u);
    process.settle();
    EXPECT_EQ(process.log->durable_through(), 3u);
    process.die();
}

TEST(command_log, what_nobody_waits_for_is_synced_a_little_later) {
    SimulatedDisk disk(1);
    CommandProcess process(disk);
    ASSERT_TRUE(process.open());
    process.append("a=1");
    process.settle(false);
    EXPECT_EQ(process.log->durable_through(), 0u);
    const Instant due = process.log->next_deadline();
    EXPECT_EQ(due, process.now.plus_ms(200));
    process.now = due;
    process.settle(false);
    EXPECT_EQ(process.log->durable_through(), 1u);
    process.die();
}

TEST(command_log, a_failed_sync_is_the_end) {
    for (const IoCall call : {IoCall::sync, IoCall::write}) {
        SimulatedDisk disk(1);
        CommandProcess process(disk);
        ASSERT_TRUE(process.open());
        process.append_safely("a=1");
        disk.add_fault({.call = call, .code = EIO});
        process.append("a=2");
        process.settle();
        ASSERT_EQ(process.events.failures.size(), 1u);
        const std::uint64_t calls = disk.mutating_calls();
        EXPECT_EQ(process.append("a=3"), 3u);
        process.settle();
        EXPECT_EQ(process.log->durable_through(), 1u);
        EXPECT_EQ(process.events.failures.size(), 1u);
        EXPECT_EQ(process.log->next_deadline(), Instant::never());
        EXPECT_EQ(disk.mutating_calls(), calls);
        bool stopped = false;
        process.log->stop([&] { stopped = true; });
        process.lane.run_all();
        EXPECT_TRUE(stopped);
        process.die();
    }
}

TEST(command_log, a_full_disk_loses_nothing) {
    SimulatedDisk disk(1);
    CommandProcess process(disk);
    ASSERT_TRUE(process.open());
    process.append_safely("a=1");
    disk.set_capacity(disk.used_bytes());
    process.append("b=" + std::string(1000, 'x'));
    process.settle();
    process.append("c=3");
    process.settle();
    EXPECT_EQ(process.log->durable_through(), 1u);
    EXPECT_EQ(process.events.notices.size(), 1u);
    EXPECT_EQ(process.log->next_deadline(), process.now.plus_ms(1000));
    disk.set_capacity(1 << 20);
    process.settle();
    EXPECT_EQ(process.log->durable_through(), 1u);  // not yet
    process.now = process.log->next_deadline();
    process.settle();
    EXPECT_EQ(process.log->durable_through(), 3u);
    EXPECT_EQ(process.events.notices.size(), 2u);
    EXPECT_TRUE(process.events.failures.empty());
    process.die();
    disk.restart();
    CommandProcess successor(disk);
    ASSERT_TRUE(successor.open());
    EXPECT_EQ(successor.recovered.commands, (Texts{"a=1", "b=" + std::string(1000, 'x'), "c=3"}));
    successor.die();
}

TEST(command_log, stop_makes_everything_durable) {
    SimulatedDisk disk(1);
    CommandProcess process(disk);
    ASSERT_TRUE(process.open());
    process.append("a=1");
    process.log->end_turn(process.now, false);
    process.append("b=2");
    bool stopped = false;
    process.log->stop([&] { stopped = true; });
    EXPECT_FALSE(stopped);
    process.lane.run_all();
    EXPECT_TRUE(stopped);
    EXPECT_EQ(process.log->durable_through(), 2u);
    process.die();
}

TEST(command_log, stop_does_not_wait_for_a_full_disk) {
    SimulatedDisk disk(1);
    CommandProcess process(disk);
    ASSERT_TRUE(process.open());
    process.append_safely("a=1");
    disk.set_capacity(disk.used_bytes());
    process.append("b=" + std::string(1000, 'x'));
    bool stopped = false;
    process.log->stop([&] { stopped = true; });
    process.lane.run_all();
    EXPECT_TRUE(stopped);
    process.die();
}

// ---- folding ----

TEST(command_log, a_long_log_becomes_short) {
    SimulatedDisk disk(1);
    CommandProcess process(disk);
    ASSERT_TRUE(process.open());
    append_much(process, 500);
    EXPECT_TRUE(process.events.notices.empty());
    EXPECT_EQ(snapshots(disk).size(), 1u);
    EXPECT_LT(disk.used_bytes(), 10'000u);
    process.die();
    disk.restart();
    CommandProcess successor(disk);
    ASSERT_TRUE(successor.open());
    EXPECT_LT(successor.recovered.commands.size(), 60u);
    EXPECT_EQ(meaning_of(successor.recovered.commands)["key 3"], "493" + std::string(50, 'v'));
    successor.die();
}

TEST(command_log, is_not_folded_before_it_has_doubled) {
    SimulatedDisk disk(1);
    CommandProcess process(disk);
    ASSERT_TRUE(process.open());
    // What cannot be made less, and then a fold.
    for (int index = 0; index < 100; ++index)
        process.append_safely("key " + std::to_string(index) + "=" + std::string(100, 'v'));
    Texts before = snapshots(disk);
    for (int index = 0; snapshots(disk) == before; ++index) {
        ASSERT_LT(index, 1000);
        append_much(process, 1);
    }
    before = snapshots(disk);
    append_much(process, 30);  // more than fold_bytes_min, less than the snapshot
    EXPECT_EQ(snapshots(disk), before);
    append_much(process, 100);
    EXPECT_NE(snapshots(disk), before);
    process.die();
}

TEST(command_log, goes_on_while_it_is_folded) {
    SimulatedDisk disk(1);
    CommandProcess process(disk);
    ASSERT_TRUE(process.open());
    Meaning meaning;
    for (int index = 0; index < 400; ++index) {
        const std::string command =
            "k" + std::to_string(index % 5) + "=" + std::to_string(index) + std::string(40, 'v');
        apply_command(meaning, command);
        process.append(command);
        process.log->end_turn(process.now, index % 3 == 0);
        if (!process.lane.idle()) process.lane.run_one();
    }
    process.settle();
    EXPECT_EQ(process.log->durable_through(), 400u);
    EXPECT_EQ(snapshots(disk).size(), 1u);
    process.die();
    disk.restart();
    CommandProcess successor(disk);
    ASSERT_TRUE(successor.open());
    EXPECT_EQ(meaning_of(successor.recovered.commands), meaning);
    successor.die();
}

TEST(command_log, many_short_lives_leave_few_files) {
    SimulatedDisk disk(1);
    for (int life = 0; life < 50; ++life) {
        CommandProcess process(disk);
        ASSERT_TRUE(process.open());
        EXPECT_LE(process.recovered.commands.size(), 6u);
        process.append_safely("a=" + std::to_string(life));
        process.die();
        disk.restart(sim::Crash::process_kill);
    }
    EXPECT_LE(names_in(disk, command_folder).size(), 10u);
}

TEST(command_log, a_fold_that_fails_harms_nothing) {
    for (const IoCall call : {IoCall::create, IoCall::write, IoCall::sync, IoCall::rename}) {
        SimulatedDisk disk(1);
        CommandProcess process(disk);
        ASSERT_TRUE(process.open());
        disk.add_fault({.call = call, .path_part = "snapshot", .times = 1000, .code = ENOSPC});
        append_much(process, 100);
        EXPECT_TRUE(snapshots(disk).empty());
        EXPECT_EQ(process.events.notices.size(), 1u) << process.events.notices[0];
        EXPECT_TRUE(process.events.failures.empty());
        disk.clear_faults();
        append_much(process, 10);
        EXPECT_TRUE(snapshots(disk).empty());  // not at once again
        process.now = process.now.plus_ms(60'000);
        append_much(process, 1);
        EXPECT_EQ(snapshots(disk).size(), 1u);
        process.die();
    }
}

// Every sync of the folder fails once: of a new log file, of a snapshot, of a file that goes.
TEST(command_log, a_failed_sync_of_the_folder_is_the_end) {
    bool was_a_snapshot = false;
    for (std::uint64_t skip = 1;; ++skip) {
        SimulatedDisk disk(skip);
        CommandProcess process(disk);
        ASSERT_TRUE(process.open());
        disk.add_fault({.call = IoCall::sync_folder, .skip = skip, .code = EIO});
        Texts appended;
        for (int index = 0; index < 100; ++index) {
            appended.push_back("k=" + std::to_string(index) + std::string(100, 'x'));
            process.append(appended.back());
            process.settle();
        }
        const std::uint64_t promised = process.log->durable_through();
        const bool failed = !process.events.failures.empty();
        if (failed) {
            EXPECT_LT(promised, appended.size());
            const bool of_snapshot =
                process.events.failures[0].find("so nothing is written any") != std::string::npos;
            was_a_snapshot = was_a_snapshot || of_snapshot;
        }
        process.die();
        disk.clear_faults();
        disk.restart();
        CommandProcess successor(disk);
        ASSERT_TRUE(successor.open());
        const std::string now = meaning_of(successor.recovered.commands)["k"];
        const auto at = std::ranges::find(appended, "k=" + now) - appended.begin() + 1;
        EXPECT_GE(static_cast<std::uint64_t>(at), promised) << skip;
        successor.die();
        if (!failed) break;
    }
    EXPECT_TRUE(was_a_snapshot);
}

// ---- damage ----

TEST(command_log, a_torn_end_is_cut_with_a_note) {
    SimulatedDisk disk(1);
    CommandProcess process(disk);
    ASSERT_TRUE(process.open());
    process.append_safely("a=1");
    process.append("b=2");
    process.settle(false);
    process.die();
    const std::string path = std::string(command_folder) + "/" + wal_format::file_name(1);
    disk.flip(path, 64 + 88 + 64 + 17);
    CommandProcess successor(disk);
    ASSERT_TRUE(successor.open());
    EXPECT_EQ(successor.recovered.commands, Texts{"a=1"});
    ASSERT_EQ(successor.recovered.notes.size(), 1u);
    EXPECT_EQ(successor.recovered.notes[0],
              "metadata: 88 bytes at the end of " + path +
                  ", from offset 152, were being written when the machine stopped and are cut off; "
                  "nothing that was confirmed is lost");
    successor.die();
}

TEST(command_log, damage_is_refused_with_its_place) {
    SimulatedDisk disk(1);
    CommandProcess process(disk);
    ASSERT_TRUE(process.open());
    process.append_safely("a=1");
    process.append_safely("b=2");
    process.die();
    const std::string path = std::string(command_folder) + "/" + wal_format::file_name(1);
    disk.flip(path, 64 + 64 + 17);
    CommandProcess successor(disk);
    const auto opened = successor.open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(
        opened.error(),
        "the metadata is damaged: " + path +
            ", offset 128, 24 bytes: records of batch 1 are damaged. Without all of it nobody "
            "knows which messages belong to which queue, so the node does not start. Bring "
            "back the folder metadata from a backup; warrenmq-server --check-data lists what "
            "is damaged");
}

TEST(command_log, records_of_another_kind_are_refused) {
    SimulatedDisk disk(1);
    ASSERT_TRUE(disk.create_folder(command_folder));
    for (const auto& [type, version] :
         {std::pair{RecordType::entry, 1}, {RecordType::command, 2}}) {
        WalWriter writer(disk, command_folder, 4096);
        WalBatch batch;
        batch.add(type, static_cast<std::uint8_t>(version), 0);
        batch.seal(1, 1, 0);
        ASSERT_TRUE(writer.write(batch, 1));
        const auto opened = CommandProcess(disk).open();
        ASSERT_FALSE(opened);
        EXPECT_NE(opened.error().find("cannot read a record of type " +
                                      std::to_string(static_cast<int>(type)) + ", version " +
                                      std::to_string(version)),
                  std::string::npos)
            << opened.error();
        ASSERT_TRUE(disk.remove(std::string(command_folder) + "/" + wal_format::file_name(1)));
    }
}

}  // namespace
}  // namespace warren::storage
