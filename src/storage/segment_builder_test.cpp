// What a builder puts into runs, and what the disk holds after write() has failed or been cut off.
#include "storage/segment.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <utility>

#include "storage/segment_test_support.h"
#include "tests/sim/simulated_disk.h"

namespace warren::storage {

namespace {

using namespace segment_test;
using sim::SimulatedDisk;

SegmentSummary write_to(SimulatedDisk& disk, SegmentBuilder& builder) {
    const auto made = disk.create_folder(folder);
    EXPECT_TRUE(made.has_value());
    auto summary = builder.write(disk, folder);
    EXPECT_TRUE(summary.has_value()) << summary.error().text();
    return summary.value_or(SegmentSummary());
}

SegmentSummary written(SegmentBuilder& builder) {
    SimulatedDisk disk(1);
    return write_to(disk, builder);
}

TEST(segment_names, say_their_number) {
    EXPECT_EQ(segment_path("a/b", 42), "a/b/0000000000000042.segment");
    EXPECT_EQ(segment_path("a", UINT64_MAX), "a/18446744073709551615.segment");
    EXPECT_EQ(segment_number_of("0000000000000042.segment"), 42);
    EXPECT_EQ(segment_number_of("18446744073709551615.segment"), UINT64_MAX);
}

TEST(segment_names, are_known_from_others) {
    for (const char* name :
         {"", ".segment", "42.segment", "0000000000000042", "000000000000004x.segment",
          "00000000000000042.segment", "18446744073709551616.segment", "0000000000000042.segment ",
          "+000000000000042.segment", "0000000000000042.segment.new"})
        EXPECT_EQ(segment_number_of(name), std::nullopt) << name;
    EXPECT_TRUE(is_segment_leftover("0000000000000042.segment.new"));
    for (const char* name : {"0000000000000042.segment", "notes.new", ".new", "42.segment.new"})
        EXPECT_FALSE(is_segment_leftover(name)) << name;
}

TEST(segment_builder, sums_up_a_run) {
    SegmentBuilder builder(7);
    EXPECT_TRUE(builder.empty());
    builder.begin_queue({3}, 99);
    for (const std::uint64_t position : {10, 11, 15}) {
        TestEntry entry = entry_at(position, std::string(position, 'x'));
        entry.head.level = 2;
        entry.head.persistent = position != 11;
        entry.head.deadline_ms =
            position == 11 ? 500 : 400 + static_cast<std::int64_t>(position) * 10;
        builder.add(entry.view());
    }
    EXPECT_FALSE(builder.empty());
    EXPECT_EQ(builder.number(), 7);
    const SegmentSummary summary = written(builder);
    EXPECT_EQ(summary.number, 7);
    ASSERT_EQ(summary.runs.size(), 1);
    const RunSummary& run = summary.runs[0];
    EXPECT_EQ(run.queue, QueueId{3});
    EXPECT_EQ(run.level, 2);
    EXPECT_EQ(run.count, 3);
    EXPECT_EQ(run.persistent_count, 2);
    EXPECT_EQ(run.first_position, 10);
    EXPECT_EQ(run.last_position, 15);
    EXPECT_EQ(run.flushed_through, 99);
    EXPECT_EQ(run.body_bytes, 36);
    EXPECT_EQ(run.data_bytes, 36);
    EXPECT_EQ(run.first_deadline_ms, 500);
    EXPECT_TRUE(run.deadlines_in_order);
}

TEST(segment_builder, says_when_deadlines_are_out_of_order) {
    SegmentBuilder builder(1);
    builder.begin_queue({1}, 0);
    const auto add = [&](std::uint64_t position, std::int64_t deadline_ms) {
        TestEntry entry = entry_at(position);
        entry.head.deadline_ms = deadline_ms;
        builder.add(entry.view());
    };
    add(1, 50);
    add(2, EntryHead::no_deadline);
    builder.begin_queue({2}, 0);
    add(1, EntryHead::no_deadline);
    add(2, 50);
    add(3, 60);
    builder.begin_queue({3}, 0);
    add(1, 20);
    const SegmentSummary summary = written(builder);
    ASSERT_EQ(summary.runs.size(), 3);
    EXPECT_TRUE(summary.runs[0].deadlines_in_order);
    EXPECT_FALSE(summary.runs[1].deadlines_in_order);
    EXPECT_EQ(summary.runs[1].first_deadline_ms, 50);
    EXPECT_TRUE(summary.runs[2].deadlines_in_order);
}

TEST(segment_builder, begins_a_run_where_the_queue_or_level_changes) {
    SegmentBuilder builder(1);
    builder.begin_queue({1}, 20);
    TestEntry urgent = entry_at(9);
    urgent.head.level = 5;
    builder.add(urgent.view());
    builder.add(entry_at(3).view());
    builder.add(entry_at(4).view());
    builder.begin_queue({2}, 30);
    builder.add(entry_at(3).view());
    const SegmentSummary summary = written(builder);
    ASSERT_EQ(summary.runs.size(), 3);
    EXPECT_EQ(summary.runs[0].level, 5);
    EXPECT_EQ(summary.runs[1].count, 2);
    EXPECT_EQ(summary.runs[1].flushed_through, 20);
    EXPECT_EQ(summary.runs[2].queue, QueueId{2});
    EXPECT_EQ(summary.runs[2].flushed_through, 30);
}

TEST(segment_builder, begins_a_run_where_the_last_is_full) {
    SegmentBuilder builder(1);
    builder.begin_queue({1}, 0);
    for (std::uint64_t position = 1; position <= run_entries_max + 1; ++position)
        builder.add(entry_at(position, "").view());
    const SegmentSummary summary = written(builder);
    ASSERT_EQ(summary.runs.size(), 2);
    EXPECT_EQ(summary.runs[0].count, run_entries_max);
    EXPECT_EQ(summary.runs[1].first_position, run_entries_max + 1);
}

TEST(segment_builder, begins_a_run_where_positions_are_too_far_apart) {
    SegmentBuilder builder(1);
    builder.begin_queue({1}, 0);
    builder.add(entry_at(5).view());
    builder.add(entry_at(5 + std::uint64_t{UINT32_MAX}).view());
    builder.add(entry_at(6 + std::uint64_t{UINT32_MAX}).view());
    const SegmentSummary summary = written(builder);
    ASSERT_EQ(summary.runs.size(), 2);
    EXPECT_EQ(summary.runs[0].count, 2);
}

TEST(segment_builder, keeps_a_body_once_until_told_to_forget) {
    const auto body = std::make_shared<const std::string>(5000, 'b');
    const auto twin = std::make_shared<const std::string>(*body);
    SegmentBuilder builder(1);
    for (std::uint64_t queue = 1; queue <= 10; ++queue) {
        builder.begin_queue({queue}, 0);
        builder.add(entry_at(1, "p", body).view());
    }
    EXPECT_LT(builder.bytes(), 2 * body->size());
    builder.add(entry_at(2, "p", twin).view());  // another address: another body
    EXPECT_GT(builder.bytes(), 2 * body->size());
    EXPECT_LT(builder.bytes(), 3 * body->size());
    builder.forget_bodies();
    builder.add(entry_at(3, "p", body).view());
    EXPECT_GT(builder.bytes(), 3 * body->size());

    SimulatedDisk disk(1);
    const SegmentSummary summary = write_to(disk, builder);
    const auto file = open_whole(disk, segment_path(folder, 1));
    for (const RunSummary& run : summary.runs)
        for (const auto& entry : read_run(*file, run).loaded.entries)
            EXPECT_EQ(entry.body, *body);
}

TEST(segment_builder, tells_a_body_from_one_that_begins_at_the_same_address) {
    const std::string memory = "a long body and its beginning";
    SegmentBuilder builder(1);
    builder.begin_queue({1}, 0);
    EntryView entry = {.head = {.position = 1}, .payload = {}, .body = as_bytes(memory)};
    builder.add(entry);
    entry.head.position = 2;
    entry.body = entry.body.first(6);
    builder.add(entry);
    SimulatedDisk disk(1);
    const SegmentSummary summary = write_to(disk, builder);
    const RunContents contents =
        read_run(*open_whole(disk, segment_path(folder, 1)), summary.runs[0]);
    ASSERT_EQ(contents.loaded.entries.size(), 2);
    EXPECT_EQ(contents.loaded.entries[0].body, memory);
    EXPECT_EQ(contents.loaded.entries[1].body, "a long");
}

TEST(segment_builder, knows_how_large_the_file_will_be) {
    SegmentBuilder builder(1);
    builder.begin_queue({1}, 0);
    for (std::uint64_t position = 1; position <= 100; ++position)
        builder.add(entry_at(position, std::string(position * 97, 'x')).view());
    const std::uint64_t expected = builder.bytes();
    SimulatedDisk disk(1);
    EXPECT_EQ(write_to(disk, builder).bytes, expected);
    EXPECT_EQ(disk.used_bytes(), expected);
}

// A builder with something of everything, and bodies and payloads over several chunks of memory.
SegmentBuilder varied_builder() {
    const auto body = std::make_shared<const std::string>(9000, 'b');
    SegmentBuilder builder(12);
    builder.add_replaced(4);
    for (std::uint64_t queue = 1; queue <= 3; ++queue) {
        builder.begin_queue({queue}, 5);
        for (std::uint64_t position = 1; position <= 30; ++position)
            builder.add(entry_at(position, std::string(position * 101, 'p'),
                                 position % 7 == 0 ? body : nullptr)
                            .view());
    }
    return builder;
}

void expect_varied_contents(FileIo& io) {
    const auto file = open_whole(io, segment_path(folder, 12));
    ASSERT_NE(file, nullptr);
    EXPECT_EQ(file->summary().replaces, std::vector<std::uint64_t>{4});
    ASSERT_EQ(file->summary().runs.size(), 3);
    for (const RunSummary& run : file->summary().runs) {
        const RunContents contents = read_run(*file, run);
        EXPECT_TRUE(contents.faults.empty());
        EXPECT_EQ(contents.loaded.entries.size(), 30);
    }
}

TEST(segment_builder, leaves_a_whole_file_or_none_when_power_is_lost) {
    SegmentBuilder builder = varied_builder();
    std::uint64_t with_file = 0;
    std::uint64_t without = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        for (std::uint64_t call = 1;; ++call) {
            SimulatedDisk disk(seed);
            ASSERT_TRUE(disk.create_folder(folder).has_value());
            disk.crash_at(call);
            const auto summary = builder.write(disk, folder);
            const bool finished = !disk.is_off();
            ASSERT_EQ(summary.has_value(), finished);
            disk.restart();
            bool found = false;
            const auto files = disk.list(folder);
            ASSERT_TRUE(files.has_value());
            for (const FileEntry& file : *files) {
                if (is_segment_leftover(file.name)) continue;
                ASSERT_EQ(segment_number_of(file.name), 12) << file.name;
                found = true;
                expect_varied_contents(disk);
            }
            ASSERT_TRUE(found || !finished);
            ++(found ? with_file : without);
            if (finished) break;
        }
    }
    EXPECT_GT(with_file, 40);  // some crashes hit after the file had got its name
    EXPECT_GT(without, 0);
}

TEST(segment_builder, can_be_written_again_after_any_refused_call) {
    SegmentBuilder builder = varied_builder();
    for (std::uint64_t skip = 0;; ++skip) {
        SimulatedDisk disk(skip);
        ASSERT_TRUE(disk.create_folder(folder).has_value());
        disk.add_fault({.skip = skip, .code = ENOSPC});
        const auto refused = builder.write(disk, folder);
        if (refused) break;
        EXPECT_TRUE(refused.error().disk_full()) << refused.error().text();
        EXPECT_TRUE(disk.list(folder).value().empty());
        const auto again = builder.write(disk, folder);
        ASSERT_TRUE(again.has_value()) << again.error().text();
        expect_varied_contents(disk);
        ASSERT_LT(skip, 1000);
    }
}

TEST(segment_builder, gives_back_what_it_took_of_a_full_disk) {
    SegmentBuilder builder = varied_builder();
    SimulatedDisk disk(1);
    ASSERT_TRUE(disk.create_folder(folder).has_value());
    disk.set_capacity(builder.bytes() - 1);
    const auto refused = builder.write(disk, folder);
    ASSERT_FALSE(refused.has_value());
    EXPECT_TRUE(refused.error().disk_full());
    EXPECT_EQ(disk.used_bytes(), 0);
    disk.set_capacity(builder.bytes());
    EXPECT_TRUE(builder.write(disk, folder).has_value());
    expect_varied_contents(disk);
}

}  // namespace

}  // namespace warren::storage
