#pragma once
// What tests of segments share: entries that are easy to make and to compare, and files of them.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "storage/segment.h"

namespace warren::storage::segment_test {

inline const std::string folder = "segments";

// Owns what an EntryView borrows.
struct TestEntry {
    EntryHead head;
    std::string payload;
    std::shared_ptr<const std::string> body;  // null: none is stored apart

    EntryView view() const {
        // Cut somewhere, to see that the two pieces are joined again.
        const ByteView bytes = as_bytes(payload);
        const std::size_t cut = head.position % (bytes.size() + 1);
        return {head, {bytes.first(cut), bytes.subspan(cut)}, body ? as_bytes(*body) : ByteView()};
    }
};

inline TestEntry entry_at(std::uint64_t position, std::string payload = "payload") {
    TestEntry entry{.head = {}, .payload = std::move(payload), .body = nullptr};
    entry.head.position = position;
    entry.head.body_bytes = static_cast<std::uint32_t>(entry.payload.size());
    return entry;
}

inline TestEntry entry_at(std::uint64_t position, std::string payload,
                          std::shared_ptr<const std::string> body) {
    TestEntry entry = entry_at(position, std::move(payload));
    entry.body = std::move(body);
    return entry;
}

// What has come back, in copies.
struct Collected final : LoadSink {
    struct Entry {
        EntryHead head;
        std::string payload;
        std::string body;
    };
    void take(const LoadedEntry& entry) override {
        entries.push_back(
            {entry.head, std::string(as_text(entry.payload)), std::string(as_text(entry.body))});
    }
    std::vector<Entry> entries;
};

inline void expect_same(const Collected::Entry& loaded, const TestEntry& entry) {
    EXPECT_EQ(loaded.head, entry.head);
    EXPECT_EQ(loaded.payload, entry.payload);
    EXPECT_EQ(loaded.body, entry.body ? *entry.body : "");
}

// All of one run: what came back, and what was called damaged.
struct RunContents {
    std::vector<IndexRow> rows;
    Collected loaded;
    std::vector<IndexRow> damaged_rows;
    std::vector<SegmentFault> faults;
};

inline RunContents read_run(SegmentFile& file, const RunSummary& run) {
    RunContents contents;
    auto rows = file.read_rows(run, 0, run.count);
    if (!rows) {
        contents.faults.push_back(rows.error());
        return contents;
    }
    contents.rows = std::move(*rows);
    file.read_entries(run, contents.rows, contents.loaded,
                      [&](const IndexRow& row, const SegmentFault& fault) {
                          contents.damaged_rows.push_back(row);
                          contents.faults.push_back(fault);
                      });
    return contents;
}

inline std::unique_ptr<SegmentFile> open_whole(FileIo& io, const std::string& path) {
    auto file = SegmentFile::open(io, path);
    EXPECT_TRUE(file.has_value()) << file.error().text();
    return file ? std::move(*file) : nullptr;
}

}  // namespace warren::storage::segment_test
