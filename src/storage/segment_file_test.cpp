// What was written comes back, whole and in order, with few reads.
#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <utility>

#include "base/prng.h"
#include "storage/segment.h"
#include "storage/segment_test_support.h"
#include "tests/sim/simulated_disk.h"

namespace warren::storage {

namespace {

using namespace segment_test;
using sim::IoCall;
using sim::SimulatedDisk;

class SegmentFiles : public testing::Test {
protected:
    SegmentFiles() { EXPECT_TRUE(disk.create_folder(folder).has_value()); }

    // A file with one run of these entries.
    std::unique_ptr<SegmentFile> file_of(const std::vector<TestEntry>& entries) {
        SegmentBuilder builder(1);
        builder.begin_queue({1}, 0);
        for (const TestEntry& entry : entries)
            builder.add(entry.view());
        const auto summary = builder.write(disk, folder);
        EXPECT_TRUE(summary.has_value());
        return open_whole(disk, segment_path(folder, 1));
    }
    // Reads that this call takes.
    template <typename Call>
    std::uint64_t reads_of(Call call) {
        const std::uint64_t before = disk.calls(IoCall::read);
        call();
        return disk.calls(IoCall::read) - before;
    }

    SimulatedDisk disk{1};
};

void expect_all(const RunContents& contents, const std::vector<TestEntry>& entries) {
    EXPECT_TRUE(contents.faults.empty());
    ASSERT_EQ(contents.loaded.entries.size(), entries.size());
    for (std::size_t index = 0; index < entries.size(); ++index)
        expect_same(contents.loaded.entries[index], entries[index]);
}

TEST_F(SegmentFiles, without_entries_can_be_written_and_read) {
    SegmentBuilder builder(9);
    builder.add_replaced(3);
    builder.add_replaced(4);
    const auto written = builder.write(disk, folder);
    ASSERT_TRUE(written.has_value());
    const auto file = open_whole(disk, segment_path(folder, 9));
    ASSERT_NE(file, nullptr);
    EXPECT_TRUE(file->summary().runs.empty());
    EXPECT_EQ(file->summary().replaces, (std::vector<std::uint64_t>{3, 4}));
}

TEST_F(SegmentFiles, give_back_every_field) {
    TestEntry entry = entry_at(UINT64_MAX - 1, std::string(3, '\0'),
                               std::make_shared<const std::string>(4097, 'b'));
    entry.head = {.position = UINT64_MAX - 1,
                  .deadline_ms = -7,
                  .body_bytes = UINT32_MAX,
                  .level = 255,
                  .persistent = false};
    const auto file = file_of({entry});
    const RunContents contents = read_run(*file, file->summary().runs[0]);
    ASSERT_EQ(contents.rows.size(), 1);
    EXPECT_EQ(contents.rows[0].head, entry.head);
    EXPECT_EQ(contents.rows[0].payload_bytes, 3);
    EXPECT_EQ(contents.rows[0].body_stored_bytes, 4097);
    EXPECT_TRUE(contents.rows[0].intact);
    expect_all(contents, {entry});
}

TEST_F(SegmentFiles, say_when_there_is_none) {
    const auto file = SegmentFile::open(disk, segment_path(folder, 5));
    ASSERT_FALSE(file.has_value());
    EXPECT_EQ(file.error().path, segment_path(folder, 5));
    EXPECT_NE(file.error().text().find("No such file"), std::string::npos) << file.error().text();
}

// Entries of many sizes in many runs, some with bodies that they share.
TEST_F(SegmentFiles, give_back_what_was_added) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Prng prng(seed);
        std::vector<std::shared_ptr<const std::string>> bodies(1);
        for (int count = 0; count < 6; ++count)
            bodies.push_back(std::make_shared<const std::string>(4096 + prng.below(200'000),
                                                                 static_cast<char>('a' + count)));
        std::vector<std::vector<TestEntry>> runs;
        SegmentBuilder builder(seed);
        for (std::uint64_t queue = 1; queue <= 5; ++queue) {
            builder.begin_queue({queue}, prng.below(100));
            for (std::uint8_t level = 0; level < 2; ++level) {
                runs.emplace_back();
                std::uint64_t position = 1 + prng.below(1u << 20);
                for (auto count = 1 + prng.below(300); count != 0; --count) {
                    TestEntry entry = entry_at(
                        position, std::string(prng.below(200), static_cast<char>('A' + count % 26)),
                        bodies[prng.below(20) == 0 ? prng.below(bodies.size()) : 0]);
                    entry.head.level = level;
                    entry.head.persistent = prng.below(2) == 0;
                    entry.head.deadline_ms = static_cast<std::int64_t>(prng.below(1000));
                    builder.add(entry.view());
                    runs.back().push_back(std::move(entry));
                    position += 1 + prng.below(3) * prng.below(1000);
                }
            }
        }
        const auto written = builder.write(disk, folder);
        ASSERT_TRUE(written.has_value());
        const auto file = open_whole(disk, segment_path(folder, seed));
        ASSERT_NE(file, nullptr);
        EXPECT_EQ(file->summary().runs, written->runs);
        EXPECT_EQ(file->summary().bytes, written->bytes);
        ASSERT_EQ(written->runs.size(), runs.size());
        for (std::size_t index = 0; index < runs.size(); ++index)
            expect_all(read_run(*file, written->runs[index]), runs[index]);
    }
}

TEST_F(SegmentFiles, give_back_payloads_and_bodies_larger_than_one_read) {
    const auto body = std::make_shared<const std::string>(3u << 20, 'b');
    const std::vector<TestEntry> entries{
        entry_at(1, "small"), entry_at(2, std::string(5u << 20, 'p')), entry_at(3, "small", body),
        entry_at(4, std::string(2u << 20, 'q'), body), entry_at(5, "")};
    const auto file = file_of(entries);
    expect_all(read_run(*file, file->summary().runs[0]), entries);
}

TEST_F(SegmentFiles, are_opened_with_two_reads) {
    std::vector<TestEntry> entries;
    for (std::uint64_t position = 1; position <= 2000; ++position)
        entries.push_back(entry_at(position));
    file_of(entries);
    EXPECT_EQ(reads_of([&] { open_whole(disk, segment_path(folder, 1)); }), 2);
}

TEST_F(SegmentFiles, with_a_thousand_runs_can_be_opened) {
    SegmentBuilder builder(1);
    for (std::uint64_t queue = 1; queue <= 1000; ++queue) {
        builder.begin_queue({queue}, 0);
        builder.add(entry_at(queue).view());
    }
    ASSERT_TRUE(builder.write(disk, folder).has_value());
    const auto file = open_whole(disk, segment_path(folder, 1));
    ASSERT_NE(file, nullptr);
    ASSERT_EQ(file->summary().runs.size(), 1000);
    expect_all(read_run(*file, file->summary().runs[999]), {entry_at(1000)});
}

TEST_F(SegmentFiles, give_back_some_rows_of_a_run) {
    std::vector<TestEntry> entries;
    for (std::uint64_t position = 1; position <= 100; ++position)
        entries.push_back(entry_at(position * 3, std::to_string(position)));
    const auto file = file_of(entries);
    const RunSummary& run = file->summary().runs[0];
    const auto rows = file->read_rows(run, 40, 10);
    ASSERT_TRUE(rows.has_value());
    ASSERT_EQ(rows->size(), 10);
    EXPECT_EQ(rows->front().head.position, 123);
    EXPECT_EQ(rows->front().number, 40);
    // Not all of them, and not from the first.
    const std::vector<IndexRow> wanted{(*rows)[2], (*rows)[3], (*rows)[9]};
    Collected loaded;
    file->read_entries(run, wanted, loaded, [](const IndexRow&, const SegmentFault&) { FAIL(); });
    ASSERT_EQ(loaded.entries.size(), 3);
    EXPECT_EQ(loaded.entries[0].payload, "43");
    EXPECT_EQ(loaded.entries[2].payload, "50");
    EXPECT_TRUE(file->read_rows(run, run.count, 0)->empty());
}

TEST_F(SegmentFiles, read_neighbours_together) {
    std::vector<TestEntry> entries;
    for (std::uint64_t position = 1; position <= 10'000; ++position)
        entries.push_back(entry_at(position, std::string(100, 'x')));
    const auto file = file_of(entries);
    const RunSummary& run = file->summary().runs[0];
    const auto rows = file->read_rows(run, 0, run.count);
    ASSERT_TRUE(rows.has_value());
    Collected loaded;
    const auto no_damage = [](const IndexRow&, const SegmentFault&) { FAIL(); };
    EXPECT_EQ(reads_of([&] { file->read_entries(run, *rows, loaded, no_damage); }), 1);
    EXPECT_EQ(loaded.entries.size(), 10'000);
    // Far apart they are read each for itself.
    const std::vector<IndexRow> distant{(*rows)[0], (*rows)[9999]};
    EXPECT_EQ(reads_of([&] { file->read_entries(run, distant, loaded, no_damage); }), 2);
}

TEST_F(SegmentFiles, read_neighbouring_bodies_together) {
    const auto shared = std::make_shared<const std::string>(5000, 's');
    std::vector<TestEntry> entries;
    for (std::uint64_t position = 1; position <= 100; ++position)
        entries.push_back(
            entry_at(position, "p",
                     position % 10 == 0 ? std::make_shared<const std::string>(5000, 'b') : shared));
    const auto file = file_of(entries);
    RunContents contents;
    EXPECT_LE(reads_of([&] { contents = read_run(*file, file->summary().runs[0]); }), 25);
    expect_all(contents, entries);
}

TEST_F(SegmentFiles, go_on_behind_what_the_disk_refuses_to_read) {
    std::vector<TestEntry> entries;
    const auto body = std::make_shared<const std::string>(5000, 'b');
    for (std::uint64_t position = 1; position <= 5; ++position)
        entries.push_back(entry_at(position, "payload", position == 2 ? body : nullptr));
    const auto file = file_of(entries);
    const RunSummary& run = file->summary().runs[0];
    const auto rows = file->read_rows(run, 0, run.count);
    ASSERT_TRUE(rows.has_value());
    // Which reads there are: all payloads, the body; refuse them in turn, with the first repeats.
    for (std::uint64_t skip = 0; skip < 2; ++skip) {
        for (std::uint64_t times = 1; times <= 4; ++times) {
            disk.add_fault({.call = IoCall::read, .skip = skip, .times = times, .code = EIO});
            std::map<std::uint64_t, int> seen;
            struct Sink final : LoadSink {
                explicit Sink(std::map<std::uint64_t, int>& positions) : seen(positions) {}
                void take(const LoadedEntry& entry) override {
                    EXPECT_EQ(as_text(entry.payload), "payload");
                    EXPECT_EQ(entry.body.size(), entry.head.position == 2 ? 5000 : 0);
                    ++seen[entry.head.position];
                }
                std::map<std::uint64_t, int>& seen;
            } sink(seen);
            std::size_t damaged = 0;
            file->read_entries(
                run, *rows, sink, [&](const IndexRow& row, const SegmentFault& fault) {
                    EXPECT_NE(fault.text().find("Input/output error"), std::string::npos);
                    ++seen[row.head.position];
                    ++damaged;
                });
            EXPECT_EQ(seen.size(), 5);
            for (const auto& [position, count] : seen)
                EXPECT_EQ(count, 1) << position;
            EXPECT_LE(damaged, times - 1);
            EXPECT_EQ(damaged == 0, times == 1);
            disk.clear_faults();
        }
    }
}

TEST_F(SegmentFiles, say_when_the_index_cannot_be_read) {
    const auto file = file_of({entry_at(1)});
    disk.add_fault({.call = IoCall::read, .code = EIO});
    const auto rows = file->read_rows(file->summary().runs[0], 0, 1);
    ASSERT_FALSE(rows.has_value());
    EXPECT_NE(rows.error().text().find("Input/output error"), std::string::npos);
    EXPECT_TRUE(file->read_rows(file->summary().runs[0], 0, 1).has_value());
}

TEST_F(SegmentFiles, cannot_be_opened_while_the_disk_refuses) {
    file_of({entry_at(1)});
    for (std::uint64_t skip = 0;; ++skip) {
        disk.add_fault({.skip = skip, .code = EIO});
        const bool opened = SegmentFile::open(disk, segment_path(folder, 1)).has_value();
        disk.clear_faults();
        EXPECT_EQ(opened, skip >= 4) << skip;  // open, size, two reads
        if (opened) break;
    }
}

}  // namespace

}  // namespace warren::storage
