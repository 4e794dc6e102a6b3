// Cut and damaged everywhere: a segment file is refused, or says which entries are damaged; it
// never gives back other bytes than were written.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <utility>

#include "storage/little_endian.h"
#include "storage/segment.h"
#include "storage/segment_format.h"
#include "storage/segment_test_support.h"
#include "tests/sim/simulated_disk.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace warren::storage {

namespace {

using namespace segment_test;
namespace format = segment_format;
using Bytes = std::vector<std::byte>;

const std::string path = segment_path(folder, 1);

// Two runs, one without gaps, with and without bodies.
class SegmentDamage : public testing::Test {
protected:
    SegmentDamage() {
        const auto body = std::make_shared<const std::string>(4100, 'b');
        runs = {{entry_at(1, "first"), entry_at(2, ""), entry_at(3, "third", body)},
                {entry_at(4, "fourth", body), entry_at(9, "ninth")}};
        SegmentBuilder builder(1);
        builder.add_replaced(77);
        for (std::size_t index = 0; index < runs.size(); ++index) {
            builder.begin_queue({index + 1}, 0);
            for (const TestEntry& entry : runs[index])
                builder.add(entry.view());
        }
        EXPECT_TRUE(disk.create_folder(folder).has_value());
        EXPECT_TRUE(builder.write(disk, folder).has_value());
        whole = read_file(disk, path).value();
        summary = open_whole(disk, path)->summary();
    }

    void put(ByteView bytes) {
        const auto file = disk.open(path, OpenMode::create).value();
        EXPECT_TRUE(file->write_at(0, bytes).has_value());
        EXPECT_TRUE(file->sync().has_value());
    }
    // Every entry is right or told to be damaged; how many are damaged. None: not to be opened.
    std::optional<std::size_t> damaged_entries() {
        const auto file = SegmentFile::open(disk, path);
        if (!file) {
            EXPECT_EQ(file.error().path, path);
            EXPECT_FALSE(file.error().what.empty());
            return std::nullopt;
        }
        EXPECT_EQ((*file)->summary().runs, summary.runs);
        return damaged_entries(**file);
    }
    std::size_t damaged_entries(SegmentFile& file) {
        std::size_t damaged = 0;
        for (std::size_t index = 0; index < runs.size(); ++index) {
            const RunContents contents = read_run(file, summary.runs[index]);
            if (contents.rows.empty()) {
                EXPECT_EQ(contents.faults.size(), 1);
                damaged += runs[index].size();
                continue;
            }
            damaged += contents.faults.size();
            EXPECT_EQ(contents.faults.size() + contents.loaded.entries.size(), runs[index].size());
            for (const auto& loaded : contents.loaded.entries) {
                const auto entry = std::ranges::find(runs[index], loaded.head, &TestEntry::head);
                if (entry == runs[index].end())
                    ADD_FAILURE() << "from nowhere: " << loaded.head.position;
                else
                    expect_same(loaded, *entry);
            }
        }
        return damaged;
    }

    sim::SimulatedDisk disk{1};
    std::vector<std::vector<TestEntry>> runs;
    Bytes whole;
    SegmentSummary summary;
};

TEST_F(SegmentDamage, cut_anywhere_is_not_opened) {
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
        put(ByteView(whole).first(bytes));
        EXPECT_EQ(damaged_entries(), std::nullopt) << bytes;
    }
    put(whole);
    EXPECT_EQ(damaged_entries(), 0);
}

TEST_F(SegmentDamage, longer_than_it_was_is_not_opened) {
    for (const std::size_t more : {1, 40, 512}) {
        Bytes longer = whole;
        longer.resize(whole.size() + more);
        put(longer);
        EXPECT_EQ(damaged_entries(), std::nullopt);
    }
}

TEST_F(SegmentDamage, anywhere_is_found) {
    const std::uint64_t rows_offset = summary.runs[0].index_offset;
    const std::uint64_t rows_end = rows_offset + 5 * format::row_bytes;
    const std::uint64_t body_offset = format::header_bytes;
    const std::uint64_t body_end = body_offset + format::body_head_bytes + 4100;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const auto mask : {std::byte{1}, std::byte{0x80}, std::byte{0xff}}) {
            Bytes changed = whole;
            changed[at] ^= mask;
            put(changed);
            const auto damaged = damaged_entries();
            if (at < format::header_bytes || at >= rows_end)
                EXPECT_EQ(damaged, std::nullopt) << at;
            else if (at >= body_offset && at < body_end)
                EXPECT_EQ(damaged, 2) << at;  // both entries that have this body
            else if (at >= body_end && at < summary.runs[0].data_offset)
                EXPECT_EQ(damaged, 0) << at;  // padding
            else
                EXPECT_EQ(damaged, 1) << at;
        }
    }
}

TEST_F(SegmentDamage, of_a_row_leaves_it_its_place) {
    Bytes changed = whole;
    for (const RunSummary& run : summary.runs)
        changed[run.index_offset + format::row_bytes] ^= std::byte{1};
    put(changed);
    const auto file = open_whole(disk, path);
    ASSERT_NE(file, nullptr);
    const RunContents without_gaps = read_run(*file, summary.runs[0]);
    ASSERT_EQ(without_gaps.damaged_rows.size(), 1);
    EXPECT_FALSE(without_gaps.damaged_rows[0].intact);
    EXPECT_EQ(without_gaps.damaged_rows[0].number, 1);
    EXPECT_EQ(without_gaps.damaged_rows[0].head.position, 2);
    EXPECT_EQ(without_gaps.faults[0].offset, summary.runs[0].index_offset + format::row_bytes);
    const RunContents with_gaps = read_run(*file, summary.runs[1]);
    ASSERT_EQ(with_gaps.damaged_rows.size(), 1);
    EXPECT_EQ(with_gaps.damaged_rows[0].number, 1);
    EXPECT_EQ(with_gaps.damaged_rows[0].head.position, 0);
}

TEST_F(SegmentDamage, after_opening_is_found) {
    for (std::size_t bytes = 0; bytes < whole.size(); bytes += 7) {
        put(whole);
        const auto file = open_whole(disk, path);
        ASSERT_NE(file, nullptr);
        const auto rows = file->read_rows(summary.runs[0], 0, 3);
        ASSERT_TRUE(rows.has_value());
        put(ByteView(whole).first(bytes));
        damaged_entries(*file);
        // With rows that were read before.
        std::size_t damaged = 0;
        Collected loaded;
        file->read_entries(summary.runs[0], *rows, loaded,
                           [&](const IndexRow&, const SegmentFault&) { ++damaged; });
        EXPECT_EQ(damaged + loaded.entries.size(), 3);
        for (const auto& entry : loaded.entries)
            expect_same(entry, runs[0][entry.head.position - 1]);
    }
}

// Sound bytes of another place or file: only the seeds of the checksums tell.
TEST_F(SegmentDamage, by_misplaced_bytes_is_found) {
    const auto copied = [&](std::uint64_t from, std::uint64_t to, std::size_t bytes) {
        Bytes changed = whole;
        std::memcpy(changed.data() + to, whole.data() + from, bytes);
        put(changed);
        return damaged_entries();
    };
    const std::uint64_t rows = summary.runs[0].index_offset;
    EXPECT_EQ(copied(rows, rows + format::row_bytes, format::row_bytes), 1);
    EXPECT_EQ(copied(rows, summary.runs[1].index_offset, format::row_bytes), 1);

    SegmentBuilder other(2);
    for (std::size_t index = 0; index < runs.size(); ++index) {
        other.begin_queue({index + 1}, 0);
        for (const TestEntry& entry : runs[index])
            other.add(entry.view());
    }
    other.add_replaced(77);
    ASSERT_TRUE(other.write(disk, folder).has_value());
    const Bytes foreign = read_file(disk, segment_path(folder, 2)).value();
    ASSERT_EQ(foreign.size(), whole.size());
    const std::uint64_t footer = rows + 5 * format::row_bytes;
    const std::array<std::uint64_t, 6> parts{
        0, format::header_bytes, summary.runs[0].data_offset, rows, footer, whole.size()};
    const std::array<std::optional<std::size_t>, 5> damaged{std::nullopt, 2, 0, 5, std::nullopt};
    for (std::size_t part = 0; part + 1 < parts.size(); ++part) {
        Bytes changed = whole;
        std::memcpy(changed.data() + parts[part], foreign.data() + parts[part],
                    parts[part + 1] - parts[part]);
        put(changed);
        EXPECT_EQ(damaged_entries(), damaged[part]) << part;
    }
}

// Footers whose checksums are right: whoever wrote them, nothing is read outside of the file.
TEST_F(SegmentDamage, by_runs_that_make_no_sense_is_found) {
    const std::uint64_t footer_offset = summary.runs[0].index_offset + 5 * format::row_bytes;
    const auto opens_with = [&](const std::function<void(RunSummary&)>& change) {
        SegmentSummary changed = summary;
        change(changed.runs[1]);
        Bytes bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(footer_offset));
        const Bytes footer = format::write_footer(changed, footer_offset);
        bytes.insert(bytes.end(), footer.begin(), footer.end());
        put(bytes);
        return SegmentFile::open(disk, path).has_value();
    };
    EXPECT_TRUE(opens_with([](RunSummary&) {}));
    EXPECT_FALSE(opens_with([](RunSummary& run) { run.count = 0; }));
    EXPECT_FALSE(opens_with([](RunSummary& run) { run.count = 3; }));
    EXPECT_FALSE(opens_with([](RunSummary& run) { run.count = UINT32_MAX; }));
    EXPECT_FALSE(opens_with([](RunSummary& run) { run.persistent_count = 3; }));
    EXPECT_FALSE(opens_with([](RunSummary& run) { run.first_position = 0; }));
    EXPECT_FALSE(opens_with([](RunSummary& run) { run.first_position = 9; }));
    EXPECT_FALSE(opens_with([](RunSummary& run) { run.first_position = 10; }));
    EXPECT_FALSE(opens_with([](RunSummary& run) { run.last_position = UINT64_MAX; }));
    EXPECT_FALSE(opens_with([](RunSummary& run) { ++run.index_offset; }));
    EXPECT_FALSE(opens_with([](RunSummary& run) { run.index_offset = UINT64_MAX; }));
    EXPECT_FALSE(opens_with([](RunSummary& run) { run.index_offset = 0; }));
    EXPECT_FALSE(opens_with([](RunSummary& run) { run.data_offset = UINT64_MAX; }));
    EXPECT_FALSE(opens_with([&](RunSummary& run) { run.data_bytes = whole.size(); }));
    EXPECT_FALSE(opens_with([](RunSummary& run) { run.data_bytes = UINT64_MAX; }));
}

TEST_F(SegmentDamage, is_not_said_of_versions_that_come_later) {
    const auto refused = [&](const Bytes& bytes) {
        put(bytes);
        const auto file = SegmentFile::open(disk, path);
        return file ? std::string() : file.error().text();
    };
    Bytes later_file = whole;
    store_little_endian(later_file.data() + 8, std::uint16_t{2});
    store_little_endian(later_file.data() + 56, XXH3_64bits(later_file.data(), 56));
    EXPECT_NE(refused(later_file).find("version"), std::string::npos) << refused(later_file);

    Bytes later_footer = whole;
    std::byte* const trailer = later_footer.data() + whole.size() - format::trailer_bytes;
    std::byte* const footer = later_footer.data() + load_little_endian<std::uint64_t>(trailer + 8);
    store_little_endian(footer + 1, std::uint8_t{2});
    const auto footer_bytes = static_cast<std::size_t>(trailer - footer);
    store_little_endian(trailer + 24, XXH3_64bits(footer, footer_bytes));
    store_little_endian(trailer + 32, XXH3_64bits(trailer, 32));
    EXPECT_NE(refused(later_footer).find("version"), std::string::npos) << refused(later_footer);
}

// Rows whose checksums are right and whose lengths are not.
TEST_F(SegmentDamage, by_rows_that_point_elsewhere_is_found) {
    const RunSummary& run = summary.runs[0];
    const IndexRow sound = open_whole(disk, path)->read_rows(run, 2, 1).value()[0];
    const auto damaged_with = [&](const std::function<void(IndexRow&)>& change) {
        Bytes changed = whole;
        IndexRow row = sound;
        change(row);
        std::byte* const at = changed.data() + run.index_offset + 2 * format::row_bytes;
        format::write_row(at, run, row);
        format::seal_row(at, run, format::run_seed(1, run), 2, as_bytes(runs[0][2].payload));
        put(changed);
        return damaged_entries();
    };
    EXPECT_EQ(damaged_with([](IndexRow&) {}), 0);
    EXPECT_EQ(damaged_with([](IndexRow& row) { ++row.head.position; }), 1);
    EXPECT_EQ(damaged_with([](IndexRow& row) { ++row.payload_offset; }), 1);
    EXPECT_EQ(damaged_with([](IndexRow& row) { ++row.payload_bytes; }), 1);
    EXPECT_EQ(damaged_with([](IndexRow& row) { row.payload_offset = UINT32_MAX; }), 1);
    EXPECT_EQ(damaged_with([](IndexRow& row) { row.payload_bytes = format::payload_bytes_max; }),
              1);
    EXPECT_EQ(damaged_with([](IndexRow& row) { row.body_offset = 8; }), 1);
    EXPECT_EQ(damaged_with([](IndexRow& row) { row.body_offset += 8; }), 1);
    EXPECT_EQ(damaged_with([](IndexRow& row) { row.body_offset = format::body_offset_max; }), 1);
    EXPECT_EQ(damaged_with([](IndexRow& row) { --row.body_stored_bytes; }), 1);
    EXPECT_EQ(damaged_with([](IndexRow& row) { row.body_stored_bytes = UINT32_MAX; }), 1);
}

}  // namespace

}  // namespace warren::storage
