#pragma once
// Logs for tests: batches whose records say what they are, written to a simulated disk.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "storage/wal.h"
#include "tests/sim/simulated_disk.h"

namespace warren::storage {

inline constexpr const char* log_folder = "log";
inline constexpr std::uint64_t log_file_bytes = 4096;

inline void add_text(WalBatch& batch, std::string_view text, std::uint8_t version = 1) {
    const auto room = batch.add(RecordType::entry, version, text.size());
    if (!text.empty()) std::memcpy(room.data(), text.data(), text.size());
}

inline WalBatch batch_of(const std::vector<std::string>& texts) {
    WalBatch batch;
    for (const std::string& text : texts)
        add_text(batch, text);
    return batch;
}

// A log that is read: payloads in order.
struct ReadLog {
    std::vector<std::string> texts;
    std::vector<FilePlace> places;
    WalReport report;
};

inline ReadLog read_log(FileIo& io, bool repair = false) {
    ReadLog log;
    auto report = read_wal(io, log_folder, repair, [&](const WalRecord& record) {
        log.texts.emplace_back(as_text(record.payload));
        log.places.push_back(record.place);
    });
    EXPECT_TRUE(report) << report.error().text();
    if (report) log.report = std::move(*report);
    return log;
}

// Writes batch after batch, numbered from 1, each into the file that is wanted.
class LogUnderTest {
public:
    explicit LogUnderTest(std::uint64_t seed = 1) : disk(seed) {
        EXPECT_TRUE(disk.create_folder(log_folder));
    }

    Result<void, IoError> write(const std::vector<std::string>& texts) {
        WalBatch batch = batch_of(texts);
        batch.seal(file_number, next_batch, synced_through);
        auto written = writer.write(batch, file_number);
        if (written) ++next_batch;
        return written;
    }
    Result<void, IoError> sync() {
        auto synced = writer.sync();
        if (synced) synced_through = next_batch - 1;
        return synced;
    }
    void write_synced(const std::vector<std::string>& texts) {
        EXPECT_TRUE(write(texts));
        EXPECT_TRUE(sync());
    }

    std::string path(std::uint64_t number) const {
        return std::string(log_folder) + "/" + wal_format::file_name(number);
    }
    std::vector<std::string> names() {
        std::vector<std::string> names;
        const auto listed = disk.list(log_folder);
        for (const FileEntry& entry : *listed)
            names.push_back(entry.name);
        return names;
    }
    // A bit of each of these bytes rots.
    void damage(std::uint64_t number, std::uint64_t offset, std::uint64_t bytes = 1) {
        for (std::uint64_t at = offset; at != offset + bytes; ++at)
            disk.flip(path(number), at);
    }

    sim::SimulatedDisk disk;
    WalWriter writer{disk, log_folder, log_file_bytes};
    std::uint64_t file_number = 1;
    std::uint64_t next_batch = 1;
    std::uint64_t synced_through = 0;
};

}  // namespace warren::storage
