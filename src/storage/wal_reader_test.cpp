#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "storage/wal.h"
#include "storage/wal_test_support.h"

namespace warren::storage {
namespace {

using Texts = std::vector<std::string>;

TEST(wal_reader, an_empty_folder_is_an_empty_log) {
    LogUnderTest log;
    const ReadLog read = read_log(log.disk);
    EXPECT_TRUE(read.texts.empty());
    EXPECT_TRUE(read.report.files.empty());
    EXPECT_EQ(read.report.last_batch, 0u);
    EXPECT_FALSE(read.report.tail_cut);
}

TEST(wal_reader, no_folder_is_an_error) {
    sim::SimulatedDisk disk(1);
    EXPECT_FALSE(read_wal(disk, "nowhere", false, [](const WalRecord&) {}));
}

TEST(wal_reader, yields_records_in_order_with_their_places) {
    LogUnderTest log;
    log.write_synced({"one", "two"});
    log.write_synced({"three"});
    log.file_number = 5;
    log.write_synced({"four"});
    ASSERT_TRUE(log.disk.open(std::string(log_folder) + "/notes.txt", OpenMode::create));
    const ReadLog read = read_log(log.disk);
    EXPECT_EQ(read.texts, (Texts{"one", "two", "three", "four"}));
    EXPECT_EQ(read.report.files, (std::vector<std::uint64_t>{1, 5}));
    EXPECT_EQ(read.report.last_batch, 3u);
    EXPECT_EQ(read.report.records, 4u);
    EXPECT_FALSE(read.report.tail_cut);
    EXPECT_TRUE(read.report.damages.empty());
    EXPECT_EQ(read.places[0].path, log.path(1));
    EXPECT_EQ(read.places[0].offset, 128u);
    EXPECT_EQ(read.places[1].offset, 152u);
    EXPECT_EQ(read.places[2].offset, 176u + 64u);
    EXPECT_EQ(read.places[3].path, log.path(5));
}

TEST(wal_reader, says_which_batch_a_record_is_of) {
    LogUnderTest log;
    log.write_synced({"one", "two"});
    log.write_synced({"three"});
    log.write_synced({"four"});
    log.damage(1, 64 + 64 + 17);
    std::vector<std::uint64_t> numbers;
    ASSERT_TRUE(read_wal(log.disk, log_folder, false,
                         [&](const WalRecord& record) { numbers.push_back(record.batch_number); }));
    EXPECT_EQ(numbers, (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST(wal_reader, may_begin_with_any_batch) {
    LogUnderTest log;
    log.next_batch = 1000;
    log.file_number = 77;
    log.write_synced({"one"});
    log.write_synced({"two"});
    const ReadLog read = read_log(log.disk);
    EXPECT_EQ(read.texts, (Texts{"one", "two"}));
    EXPECT_EQ(read.report.last_batch, 1001u);
}

// ---- torn tails ----

// Every cut of the file gives a start of the log, in whole batches, and never damage.
TEST(wal_reader, a_file_cut_anywhere_ends_with_its_last_whole_batch) {
    LogUnderTest log;
    std::vector<std::uint64_t> ends = {64};
    for (int index = 1; index <= 4; ++index) {
        WalBatch sized = batch_of({std::string(static_cast<std::size_t>(index), 'x'), "second"});
        ends.push_back(ends.back() + sized.bytes());
        log.write_synced({std::string(static_cast<std::size_t>(index), 'x'), "second"});
    }
    for (std::uint64_t bytes = ends.back() + 8; bytes-- > 0;) {
        ASSERT_TRUE((*log.disk.open(log.path(1), OpenMode::update))->truncate(bytes));
        const ReadLog read = read_log(log.disk);
        const auto whole = static_cast<std::size_t>(
            std::ranges::count_if(ends, [&](std::uint64_t end) { return end <= bytes; }));
        EXPECT_EQ(read.report.last_batch, whole == 0 ? 0 : whole - 1) << bytes;
        EXPECT_EQ(read.texts.size(), 2 * read.report.last_batch);
        EXPECT_TRUE(read.report.damages.empty());
        const std::uint64_t end = whole == 0 ? 0 : ends[whole - 1];
        // 24 bytes of a header say that there was to be one.
        EXPECT_EQ(read.report.tail_cut, whole > 0 && bytes >= end + 24 && bytes < ends.back())
            << bytes;
        if (!read.report.tail_cut) continue;
        EXPECT_EQ(read.report.tail.path, log.path(1));
        EXPECT_EQ(read.report.tail.offset, end);
        EXPECT_EQ(read.report.tail_bytes, bytes - end);
    }
}

TEST(wal_reader, a_broken_last_batch_is_a_tail) {
    for (std::uint64_t at : {0, 30, 63, 64, 80, 82}) {
        LogUnderTest log;
        log.write_synced({"one"});
        log.write_synced({"two"});
        log.damage(1, 64 + 88 + at);
        const ReadLog read = read_log(log.disk);
        EXPECT_EQ(read.texts, Texts{"one"}) << at;
        EXPECT_TRUE(read.report.damages.empty()) << at;
    }
}

TEST(wal_reader, a_cut_tail_makes_room_for_what_follows) {
    LogUnderTest log;
    log.write_synced({"one"});
    log.write_synced({"two"});
    log.damage(1, 64 + 88 + 70);
    ASSERT_TRUE(read_log(log.disk, true).report.tail_cut);
    log.disk.restart();
    const ReadLog again = read_log(log.disk);
    EXPECT_FALSE(again.report.tail_cut);
    WalWriter successor(log.disk, log_folder, log_file_bytes);
    WalBatch batch = batch_of({"two again"});
    batch.seal(2, 2, 1);
    ASSERT_TRUE(successor.write(batch, 2));
    const ReadLog read = read_log(log.disk);
    EXPECT_EQ(read.texts, (Texts{"one", "two again"}));
    EXPECT_TRUE(read.report.damages.empty());
}

TEST(wal_reader, looking_changes_nothing) {
    LogUnderTest log;
    log.write_synced({"one"});
    ASSERT_TRUE(log.write({"two"}));
    log.damage(1, 64 + 88 + 70);
    const std::uint64_t calls = log.disk.mutating_calls();
    EXPECT_TRUE(read_log(log.disk, false).report.tail_cut);
    EXPECT_EQ(log.disk.mutating_calls(), calls);
}

// The disk has written a later batch, and not an earlier one; nobody was told that either is safe.
TEST(wal_reader, what_comes_behind_an_unsynced_hole_is_cut_too) {
    for (const bool header_lost : {false, true}) {
        for (const bool next_file : {false, true}) {
            LogUnderTest log;
            log.write_synced({"one"});
            ASSERT_TRUE(log.write({"two"}));
            if (next_file) log.file_number = 2;
            ASSERT_TRUE(log.write({"three"}));
            log.damage(1, 64 + 88 + (header_lost ? 3 : 70));
            const ReadLog read = read_log(log.disk, true);
            EXPECT_EQ(read.texts, Texts{"one"});
            EXPECT_TRUE(read.report.damages.empty());
            EXPECT_TRUE(read.report.tail_cut);
            EXPECT_EQ(read.report.tail.offset, 64u + 88);
            EXPECT_EQ(read.report.files, std::vector<std::uint64_t>{1});
            EXPECT_EQ(log.names(), Texts{wal_format::file_name(1)});
            log.disk.restart();
            const ReadLog again = read_log(log.disk);
            EXPECT_EQ(again.texts, Texts{"one"});
            EXPECT_FALSE(again.report.tail_cut);
        }
    }
}

TEST(wal_reader, a_killed_process_leaves_what_the_next_one_makes_safe) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        LogUnderTest log(seed);
        log.write_synced({"one"});
        ASSERT_TRUE(log.write({"two"}));
        log.file_number = 2;
        ASSERT_TRUE(log.write({"three"}));
        log.disk.restart(sim::Crash::process_kill);
        EXPECT_EQ(read_log(log.disk, true).texts, (Texts{"one", "two", "three"}));
        log.disk.restart(sim::Crash::power_loss);
        EXPECT_EQ(read_log(log.disk, true).texts, (Texts{"one", "two", "three"}));
    }
}

// ---- damage ----

// Three batches of which two were promised; the middle one, of 64 + 24 + 40 bytes, is at 152.
LogUnderTest& damaged_log(LogUnderTest& log, std::uint64_t at, std::uint64_t bytes = 1) {
    log.write_synced({"one"});
    log.write_synced({"two", "two and a half, long"});
    log.write_synced({"three"});
    log.damage(1, at, bytes);
    return log;
}

TEST(wal_reader, damage_to_a_promise_is_reported_and_costs_one_record) {
    LogUnderTest log;
    const ReadLog read = read_log(damaged_log(log, 152 + 64 + 17).disk);
    EXPECT_EQ(read.texts, (Texts{"one", "two and a half, long", "three"}));
    EXPECT_FALSE(read.report.tail_cut);
    ASSERT_EQ(read.report.damages.size(), 1u);
    const WalDamage& damage = read.report.damages[0];
    EXPECT_EQ(damage.place.path, log.path(1));
    EXPECT_EQ(damage.place.offset, 152u + 64);
    EXPECT_EQ(damage.bytes, 24u);
    EXPECT_EQ(damage.what, "records of batch 2 are damaged");
}

TEST(wal_reader, a_batch_without_header_is_lost_and_no_other) {
    LogUnderTest log;
    const ReadLog read = read_log(damaged_log(log, 152 + 9).disk);
    EXPECT_EQ(read.texts, (Texts{"one", "three"}));
    ASSERT_EQ(read.report.damages.size(), 1u);
    const WalDamage& damage = read.report.damages[0];
    EXPECT_EQ(damage.place.offset, 152u);
    EXPECT_EQ(damage.bytes, 64u + 24 + 40);
    EXPECT_EQ(damage.what, "batch 2 is missing");
}

TEST(wal_reader, the_first_batch_is_missed_too) {
    for (std::uint64_t at : {64 + 9, 64 + 70}) {
        LogUnderTest log;
        const ReadLog read = read_log(damaged_log(log, at).disk);
        EXPECT_EQ(read.texts, (Texts{"two", "two and a half, long", "three"})) << at;
        EXPECT_EQ(read.report.damages.size(), 1u) << at;
    }
}

TEST(wal_reader, a_missing_file_is_damage) {
    LogUnderTest log;
    for (log.file_number = 1; log.file_number <= 4; ++log.file_number)
        for (int index = 0; index < 2; ++index)
            log.write_synced({"of file " + std::to_string(log.file_number)});
    ASSERT_TRUE(log.disk.remove(log.path(2)));
    const ReadLog read = read_log(log.disk);
    EXPECT_EQ(read.texts, (Texts{"of file 1", "of file 1", "of file 3", "of file 3", "of file 4",
                                 "of file 4"}));
    ASSERT_EQ(read.report.damages.size(), 1u);
    EXPECT_EQ(read.report.damages[0].what, "batches 3 to 4 are missing");
    EXPECT_EQ(read.report.damages[0].place.path, log.path(1));
}

TEST(wal_reader, a_damaged_file_header_costs_no_batch) {
    LogUnderTest log;
    const ReadLog read = read_log(damaged_log(log, 20).disk);
    EXPECT_EQ(read.texts.size(), 4u);
    ASSERT_EQ(read.report.damages.size(), 1u);
    EXPECT_EQ(read.report.damages[0].place.offset, 0u);
}

TEST(wal_reader, many_damages_are_all_found) {
    LogUnderTest log;
    for (int index = 0; index < 30; ++index) {
        if (index % 10 == 9) ++log.file_number;
        log.write_synced({"text " + std::to_string(index)});
    }
    for (const std::uint64_t file : {1, 2, 3})
        for (std::uint64_t batch : {2, 4, 5})
            log.damage(file, 64 + batch * (64 + 24) + 64 + 17);
    const ReadLog read = read_log(log.disk);
    EXPECT_EQ(read.texts.size(), 21u);
    EXPECT_EQ(read.report.damages.size(), 9u);
    EXPECT_EQ(read.report.last_batch, 30u);
}

TEST(wal_reader, a_tail_behind_damage_is_cut_all_the_same) {
    LogUnderTest log;
    damaged_log(log, 152 + 64 + 17);
    ASSERT_TRUE(log.write({"four"}));
    ASSERT_TRUE(log.write({"five"}));
    log.damage(1, 152 + 64 + 24 + 40 + 88 + 70);
    const ReadLog read = read_log(log.disk, true);
    EXPECT_EQ(read.texts, (Texts{"one", "two and a half, long", "three"}));
    EXPECT_EQ(read.report.damages.size(), 1u);
    EXPECT_TRUE(read.report.tail_cut);
    EXPECT_EQ(read.report.tail.offset, 152u + 64 + 24 + 40 + 88);
}

TEST(wal_reader, numbers_of_lost_batches_are_not_used_again) {
    LogUnderTest log;
    log.write_synced({"one"});
    log.write_synced({"two"});
    ASSERT_TRUE(log.write({"three"}));
    log.damage(1, 152 + 9);        // the header of a promised batch
    log.damage(1, 240 + 64 + 17);  // the end, which nobody was promised
    const ReadLog read = read_log(log.disk, true);
    EXPECT_EQ(read.texts, Texts{"one"});
    EXPECT_TRUE(read.report.tail_cut);
    EXPECT_EQ(read.report.damages.size(), 1u);
    EXPECT_EQ(read.report.last_batch, 2u);
}

// Whatever byte rots, nothing comes from nowhere and nothing sound is lost without a word.
TEST(wal_reader, any_damaged_byte_harms_at_most_its_batch) {
    const Texts all = {"one", "two", "two and a half, long", "three"};
    const std::uint64_t end = 152 + 64 + 24 + 40 + 88;
    for (std::uint64_t at = 0; at < end; ++at) {
        LogUnderTest log;
        const ReadLog read = read_log(damaged_log(log, at).disk);
        std::size_t next = 0;
        for (const std::string& text : read.texts) {
            while (next < all.size() && all[next] != text)
                ++next;
            ASSERT_LT(next, all.size()) << at << ": " << text;
        }
        EXPECT_GE(read.texts.size(), 2u) << at;
        if (read.texts.size() == all.size()) continue;
        const bool in_last = at >= end - 88;
        EXPECT_EQ(read.report.damages.empty(), in_last) << at;
    }
}

// ---- formats to come ----

void write_at(LogUnderTest& log, std::uint64_t offset, ByteView bytes) {
    ASSERT_TRUE((*log.disk.open(log.path(1), OpenMode::update))->write_at(offset, bytes));
}

TEST(wal_reader, a_newer_format_is_refused_and_left_alone) {
    LogUnderTest log;
    log.write_synced({"one"});
    log.write_synced({"two"});
    std::array<std::byte, 64> header{};
    wal_format::write_batch_header(header.data(), {.version = 2,
                                                   .bytes = 88,
                                                   .file_number = 1,
                                                   .batch_number = 2,
                                                   .synced_through = 1,
                                                   .records = 1});
    write_at(log, 64 + 88, header);
    std::uint64_t calls = log.disk.mutating_calls();
    auto read = read_wal(log.disk, log_folder, true, [](const WalRecord&) {});
    ASSERT_FALSE(read);
    EXPECT_EQ(log.disk.mutating_calls(), calls);

    wal_format::write_file_header(header.data(), {.version = 2, .file_number = 1});
    write_at(log, 0, header);
    calls = log.disk.mutating_calls();
    read = read_wal(log.disk, log_folder, true, [](const WalRecord&) { FAIL(); });
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().text(), "cannot read format 2 (known: 1) of " + log.path(1) +
                                       ": Operation not supported (errno 95)");
    EXPECT_EQ(log.disk.mutating_calls(), calls);
}

// ---- when the disk fails while reading ----

TEST(wal_reader, any_call_may_fail) {
    LogUnderTest log;
    log.write_synced({"one"});
    log.file_number = 2;
    ASSERT_TRUE(log.write({"two"}));
    log.file_number = 3;
    ASSERT_TRUE(log.write({"three"}));
    log.damage(2, 64 + 70);
    bool succeeded = false;
    for (std::uint64_t skip = 0; !succeeded; ++skip) {
        ASSERT_LT(skip, 100u);
        log.disk.clear_faults();
        log.disk.add_fault({.skip = skip, .code = EIO});
        const auto read = read_wal(log.disk, log_folder, true, [](const WalRecord&) {});
        succeeded = read.has_value();
        EXPECT_TRUE(succeeded || read.error().code == EIO);
    }
    log.disk.clear_faults();
    const ReadLog read = read_log(log.disk);
    EXPECT_EQ(read.texts, Texts{"one"});
    EXPECT_FALSE(read.report.tail_cut);
}

}  // namespace
}  // namespace warren::storage
