#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "storage/wal.h"
#include "storage/wal_scan.h"
#include "storage/wal_test_support.h"

namespace warren::storage {
namespace {

std::vector<std::string> texts_of(ByteView file, const FoundBatch& batch) {
    std::vector<std::string> texts;
    for_each_record(file, batch, [&](std::uint64_t, const wal_format::Record& record) {
        texts.emplace_back(as_text(record.payload));
    });
    return texts;
}

TEST(wal_batch, gives_back_what_was_added) {
    WalBatch batch;
    EXPECT_TRUE(batch.empty());
    EXPECT_EQ(batch.bytes(), 0u);
    std::vector<std::string> texts;
    for (std::size_t bytes = 0; bytes < 300; ++bytes) {
        texts.push_back(std::string(bytes, static_cast<char>('a' + bytes % 26)));
        add_text(batch, texts.back());
    }
    texts.push_back(std::string(3 << 20, 'x'));
    add_text(batch, texts.back());
    EXPECT_EQ(batch.records(), texts.size());
    batch.seal(7, 9, 8);
    EXPECT_EQ(batch.bytes(), batch.view().size());

    const auto found = batch_at(batch.view(), 7, 0);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->header.bytes, batch.bytes());
    EXPECT_EQ(found->header.batch_number, 9u);
    EXPECT_EQ(found->header.synced_through, 8u);
    EXPECT_TRUE(batch_is_whole(batch.view(), *found));
    EXPECT_EQ(texts_of(batch.view(), *found), texts);
}

TEST(wal_batch, records_keep_type_and_version) {
    WalBatch batch;
    batch.add(RecordType::settle, 3, 0);
    batch.add(RecordType::command, 200, 0);
    batch.seal(1, 1, 0);
    std::vector<std::pair<int, int>> seen;
    for_each_record(batch.view(), *batch_at(batch.view(), 1, 0),
                    [&](std::uint64_t, const wal_format::Record& record) {
                        seen.emplace_back(record.type, record.version);
                    });
    EXPECT_EQ(seen, (std::vector<std::pair<int, int>>{{3, 3}, {6, 200}}));
}

TEST(wal_batch, payloads_lie_at_multiples_of_eight_and_padding_is_zero) {
    WalBatch batch;
    for (const std::size_t bytes : {1, 7, 8, 9, 0, 13}) {
        const auto room = batch.add(RecordType::entry, 1, bytes);
        EXPECT_EQ((room.data() - batch.view().data()) % 8, 0);
        std::ranges::fill(room, std::byte{0xff});
    }
    batch.seal(1, 1, 0);
    for_each_record(batch.view(), *batch_at(batch.view(), 1, 0),
                    [&](std::uint64_t offset, const wal_format::Record& record) {
                        const std::uint64_t end =
                            wal_format::record_header_bytes + record.payload.size();
                        for (std::uint64_t at = end; at != record.bytes(); ++at)
                            EXPECT_EQ(batch.view()[offset + at], std::byte{0});
                    });
}

TEST(wal_batch, no_changed_byte_goes_unseen) {
    WalBatch batch = batch_of({"one", "", "three and more"});
    batch.seal(1, 5, 2);
    std::vector<std::byte> bytes(batch.view().begin(), batch.view().end());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            const auto flip = static_cast<std::byte>(1 << bit);
            bytes[at] ^= flip;
            const auto found = batch_at(bytes, 1, 0);
            if (found && batch_is_whole(bytes, *found)) {
                // Only padding may change: nothing is read from there.
                EXPECT_EQ(texts_of(bytes, *found), texts_of(batch.view(), *found)) << at;
                EXPECT_EQ(batch.view()[at], std::byte{0}) << at;
            }
            bytes[at] ^= flip;
        }
    }
}

TEST(wal_batch, is_not_whole_when_it_is_cut_anywhere) {
    WalBatch batch = batch_of({"one", "", "three and more"});
    batch.seal(1, 5, 2);
    for (std::size_t bytes = 0; bytes < batch.bytes(); ++bytes) {
        const ByteView cut = batch.view().first(bytes);
        const std::vector<std::byte> start(cut.begin(), cut.end());
        const auto found = batch_at(start, 1, 0);
        EXPECT_EQ(found.has_value(), bytes >= wal_format::batch_header_bytes);
        EXPECT_FALSE(found && batch_is_whole(start, *found)) << bytes;
    }
}

TEST(wal_batch, records_of_another_batch_or_file_do_not_count) {
    WalBatch mine = batch_of({"same text"});
    WalBatch other = batch_of({"same text"});
    mine.seal(2, 20, 0);
    for (const auto& [file, number] : {std::pair{2, 19}, {1, 20}, {1, 19}}) {
        other.seal(file, number, 0);
        // The header has reached the disk, the record behind it is of an earlier life.
        std::vector<std::byte> bytes(mine.view().begin(), mine.view().begin() + 64);
        bytes.insert(bytes.end(), other.view().begin() + 64, other.view().end());
        EXPECT_FALSE(batch_is_whole(bytes, *batch_at(bytes, 2, 0)));
    }
    EXPECT_FALSE(batch_at(other.view(), 2, 0));
}

TEST(wal_batch, may_be_sealed_again) {
    WalBatch batch = batch_of({"one", "two"});
    batch.seal(1, 1, 0);
    batch.seal(2, 3, 2);
    const auto found = batch_at(batch.view(), 2, 0);
    ASSERT_TRUE(found && batch_is_whole(batch.view(), *found));
    EXPECT_EQ(texts_of(batch.view(), *found), (std::vector<std::string>{"one", "two"}));
}

TEST(wal_batch, what_was_moved_from_or_cleared_is_empty_and_usable) {
    WalBatch batch = batch_of({"one"});
    WalBatch taken = std::move(batch);
    EXPECT_TRUE(batch.empty());  // NOLINT(bugprone-use-after-move): this is the promise
    add_text(batch, "two");
    std::swap(batch, taken);
    EXPECT_EQ(batch.records(), 1u);
    batch.clear();
    EXPECT_TRUE(batch.empty());
    EXPECT_EQ(batch.bytes(), 0u);
    add_text(batch, "three");
    batch.seal(1, 1, 0);
    EXPECT_EQ(texts_of(batch.view(), *batch_at(batch.view(), 1, 0)),
              std::vector<std::string>{"three"});
}

TEST(wal_batch, a_broken_record_costs_no_other) {
    const std::vector<std::string> texts = {"first", std::string(100, 'm'), "third", "fourth"};
    WalBatch batch = batch_of(texts);
    batch.seal(1, 1, 0);
    std::vector<std::uint64_t> offsets;
    const auto whole = *batch_at(batch.view(), 1, 0);
    for_each_record(batch.view(), whole, [&](std::uint64_t offset, const wal_format::Record&) {
        offsets.push_back(offset);
    });
    offsets.push_back(batch.bytes());
    for (std::size_t broken = 0; broken < texts.size(); ++broken) {
        const std::uint64_t end =
            offsets[broken] + wal_format::record_header_bytes + texts[broken].size();
        for (std::uint64_t at = offsets[broken]; at < end; ++at) {
            std::vector<std::byte> bytes(batch.view().begin(), batch.view().end());
            bytes[at] ^= std::byte{0x20};
            std::vector<std::string> expected = texts;
            expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(broken));
            std::vector<std::string> seen;
            std::vector<std::pair<std::uint64_t, std::uint64_t>> lost;
            for_each_sound_record(
                bytes, whole,
                [&](std::uint64_t, const wal_format::Record& record) {
                    seen.emplace_back(as_text(record.payload));
                },
                [&](std::uint64_t offset, std::uint64_t count) {
                    lost.emplace_back(offset, count);
                });
            EXPECT_EQ(seen, expected) << at;
            ASSERT_EQ(lost.size(), 1u) << at;
            EXPECT_EQ(lost[0], std::pair(offsets[broken], offsets[broken + 1] - offsets[broken]));
        }
    }
}

}  // namespace
}  // namespace warren::storage
