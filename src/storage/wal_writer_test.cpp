#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "storage/wal.h"
#include "storage/wal_test_support.h"

namespace warren::storage {
namespace {

using sim::IoCall;
using Texts = std::vector<std::string>;

TEST(wal_writer, what_was_synced_survives_power_loss) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        LogUnderTest log(seed);
        log.write_synced({"one", "two"});
        log.file_number = 2;
        ASSERT_TRUE(log.write({"three"}));
        log.file_number = 3;
        ASSERT_TRUE(log.write({"four"}));
        ASSERT_TRUE(log.sync());  // of both files
        log.disk.restart();
        EXPECT_EQ(read_log(log.disk).texts, (Texts{"one", "two", "three", "four"}));
    }
}

TEST(wal_writer, names_sort_like_numbers) {
    EXPECT_EQ(wal_format::file_name(7), "00000000000000000007.wal");
    EXPECT_EQ(wal_format::file_name(UINT64_MAX), "18446744073709551615.wal");
    EXPECT_EQ(wal_format::file_number_of("18446744073709551615.wal"), UINT64_MAX);
    for (const char* name : {"18446744073709551616.wal", "7.wal", "0000000000000000000x.wal", "",
                             "spare-00000000000000000007.wal", "00000000000000000007.wa"})
        EXPECT_FALSE(wal_format::file_number_of(name)) << name;
}

TEST(wal_writer, one_sync_of_the_folder_for_each_new_name) {
    LogUnderTest log;
    const auto folder_syncs = [&] { return log.disk.calls(IoCall::sync_folder); };
    const std::uint64_t before = folder_syncs();
    log.write_synced({"one"});
    log.write_synced({"two"});
    EXPECT_EQ(folder_syncs(), before + 1);
    log.file_number = 2;
    log.write_synced({"three"});
    EXPECT_EQ(folder_syncs(), before + 2);
}

TEST(wal_writer, nothing_to_sync_costs_nothing) {
    LogUnderTest log;
    log.write_synced({"one"});
    const std::uint64_t syncs = log.disk.calls(IoCall::sync);
    ASSERT_TRUE(log.sync());
    EXPECT_EQ(log.disk.calls(IoCall::sync), syncs);
}

TEST(wal_writer, a_full_disk_loses_nothing) {
    LogUnderTest log;
    log.write_synced({"one"});
    log.disk.set_capacity(log.disk.used_bytes());
    log.file_number = 2;
    const std::string large(2 * log_file_bytes, 'x');
    for (int attempt = 0; attempt < 3; ++attempt) {
        const auto written = log.write({large});
        ASSERT_FALSE(written);
        EXPECT_TRUE(written.error().disk_full());
    }
    log.disk.set_capacity(1 << 20);
    log.write_synced({large});
    log.disk.set_capacity(log.disk.used_bytes());
    ASSERT_FALSE(log.write({large}));
    log.disk.set_capacity(1 << 20);
    log.write_synced({"two"});
    const ReadLog read = read_log(log.disk);
    EXPECT_EQ(read.texts, (Texts{"one", large, "two"}));
    EXPECT_FALSE(read.report.tail_cut);
}

TEST(wal_writer, a_batch_fits_where_a_whole_file_does_not) {
    LogUnderTest log;
    log.disk.set_capacity(log_file_bytes / 2);
    log.write_synced({"one"});
    EXPECT_EQ(read_log(log.disk).texts, Texts{"one"});
}

TEST(wal_writer, after_a_failed_sync_there_is_no_other) {
    for (const IoCall call : {IoCall::sync, IoCall::sync_folder}) {
        LogUnderTest log;
        ASSERT_TRUE(log.write({"one"}));
        log.disk.add_fault({.call = call, .path_part = log_folder, .code = EIO});
        const auto synced = log.sync();
        ASSERT_FALSE(synced);
        EXPECT_EQ(synced.error().code, EIO);
        const std::uint64_t calls = log.disk.mutating_calls();
        EXPECT_EQ(log.sync().error().text(), synced.error().text());
        EXPECT_FALSE(log.write({"two"}));
        EXPECT_FALSE(log.writer.retire(1));
        EXPECT_EQ(log.disk.mutating_calls(), calls);
    }
}

// These files, a batch each, all synced.
void write_files(LogUnderTest& log, std::uint64_t first, std::uint64_t last) {
    for (log.file_number = first;; ++log.file_number) {
        log.write_synced({"file " + std::to_string(log.file_number)});
        if (log.file_number == last) break;
    }
}

TEST(wal_writer, retired_files_are_used_again) {
    LogUnderTest log;
    write_files(log, 1, 4);
    ASSERT_TRUE(log.writer.retire(3));
    // Two spares, and one file that went.
    EXPECT_EQ(log.names(), (Texts{wal_format::file_name(4), "spare-" + wal_format::file_name(1),
                                  "spare-" + wal_format::file_name(2)}));
    const std::uint64_t created = log.disk.calls(IoCall::create);
    write_files(log, 5, 6);
    EXPECT_EQ(log.disk.calls(IoCall::create), created);
    EXPECT_EQ(log.names(), (Texts{wal_format::file_name(4), wal_format::file_name(5),
                                  wal_format::file_name(6)}));
    const ReadLog read = read_log(log.disk);
    EXPECT_EQ(read.texts, (Texts{"file 4", "file 5", "file 6"}));
    EXPECT_FALSE(read.report.tail_cut);
    EXPECT_TRUE(read.report.damages.empty());
}

TEST(wal_writer, what_a_file_held_before_never_comes_back) {
    LogUnderTest log;
    // The old file's batches lie where the new file's will.
    for (int index = 0; index < 20; ++index)
        log.write_synced({"old " + std::to_string(index)});
    log.file_number = 2;
    log.write_synced({"two"});
    ASSERT_TRUE(log.writer.retire(1));
    for (std::uint64_t number : {3, 4}) {
        log.file_number = number;
        log.write_synced({"file " + std::to_string(number)});
    }
    const ReadLog read = read_log(log.disk);
    EXPECT_EQ(read.texts, (Texts{"two", "file 3", "file 4"}));
    EXPECT_FALSE(read.report.tail_cut);
}

TEST(wal_writer, giant_files_are_not_kept) {
    LogUnderTest log;
    log.write_synced({std::string(3 * log_file_bytes, 'x')});
    log.file_number = 2;
    log.write_synced({std::string(log_file_bytes, 'y')});  // a little longer than asked for
    log.file_number = 3;
    log.write_synced({"three"});
    ASSERT_TRUE(log.writer.retire(2));
    EXPECT_EQ(log.names(), (Texts{wal_format::file_name(3), "spare-" + wal_format::file_name(2)}));
    log.file_number = 4;
    log.write_synced({"four"});
    log.file_number = 5;
    log.write_synced({"five"});
    EXPECT_EQ(log.names(), (Texts{wal_format::file_name(3), wal_format::file_name(4),
                                  wal_format::file_name(5)}));
    const auto listed = log.disk.list(log_folder);
    for (const FileEntry& entry : *listed)
        EXPECT_EQ(entry.bytes, log_file_bytes) << entry.name;
}

TEST(wal_writer, spares_of_an_earlier_process_are_removed) {
    LogUnderTest log;
    write_files(log, 1, 3);
    ASSERT_TRUE(log.writer.retire(2));
    log.disk.restart(sim::Crash::process_kill);
    WalWriter successor(log.disk, log_folder, log_file_bytes);
    WalBatch batch = batch_of({"four"});
    batch.seal(4, 4, 3);
    ASSERT_TRUE(successor.write(batch, 4));
    EXPECT_EQ(log.names(), (Texts{wal_format::file_name(3), wal_format::file_name(4)}));
}

TEST(wal_writer, the_file_that_is_written_to_may_be_retired) {
    LogUnderTest log;
    write_files(log, 1, 2);
    ASSERT_TRUE(log.writer.retire(2));
    ASSERT_TRUE(log.sync());
    log.file_number = 3;
    log.write_synced({"three"});
    EXPECT_EQ(read_log(log.disk).texts, Texts{"three"});
}

TEST(wal_writer, any_call_may_fail_while_a_file_begins) {
    for (std::uint64_t skip = 0; skip < 6; ++skip) {
        LogUnderTest log;
        write_files(log, 1, 4);
        ASSERT_TRUE(log.writer.retire(2));
        log.write_synced({"settles the names of spares"});
        ASSERT_TRUE(log.writer.retire(3));
        log.disk.add_fault({.skip = skip, .times = 3, .code = ENOSPC});
        log.file_number = 5;
        for (int attempt = 0; attempt < 10 && !log.write({"five"}); ++attempt)
            continue;
        log.disk.clear_faults();
        log.file_number = 6;
        log.write_synced({"six"});
        const ReadLog read = read_log(log.disk);
        EXPECT_EQ(read.texts, (Texts{"file 4", "settles the names of spares", "five", "six"}))
            << skip;
    }
}

// It may come back under its name, and the next batch says that all before it was synced.
TEST(wal_writer, a_file_that_is_retired_unsynced_is_synced_first) {
    LogUnderTest log;
    EXPECT_TRUE(log.write({"a"}));
    const std::uint64_t before = log.disk.calls(sim::IoCall::sync);
    EXPECT_TRUE(log.writer.retire(1));
    EXPECT_EQ(log.disk.calls(sim::IoCall::sync), before + 1);
}

}  // namespace
}  // namespace warren::storage
