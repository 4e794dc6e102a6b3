#pragma once
// Short forms for tests of the simulated disk.
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "tests/sim/simulated_disk.h"

namespace warren::sim {

inline constexpr std::uint64_t seed_count = 200;

inline std::unique_ptr<storage::File> open(SimulatedDisk& disk, const std::string& path,
                                           storage::OpenMode mode) {
    auto file = disk.open(path, mode);
    EXPECT_TRUE(file) << file.error().text();
    return std::move(*file);
}

inline void write(SimulatedDisk& disk, const std::string& path, std::string_view text) {
    EXPECT_TRUE(open(disk, path, storage::OpenMode::create)->write_at(0, as_bytes(text)));
}

inline void write_synced(SimulatedDisk& disk, const std::string& path, std::string_view text) {
    write(disk, path, text);
    EXPECT_TRUE(open(disk, path, storage::OpenMode::read)->sync());
    EXPECT_TRUE(disk.sync_folder(parent_of(path)));
}

// "-" stands for a file that is not there.
inline std::string read(SimulatedDisk& disk, const std::string& path) {
    const auto contents = storage::read_file(disk, path);
    return contents ? std::string(as_text(*contents)) : "-";
}

inline int code_of(const Result<void, storage::IoError>& outcome) {
    return outcome ? 0 : outcome.error().code;
}

// What comes of one test under many seeds.
template <typename Scenario>
std::set<std::string> outcomes(Scenario scenario) {
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < seed_count; ++seed) {
        SimulatedDisk disk(seed);
        seen.insert(scenario(disk));
    }
    return seen;
}

}  // namespace warren::sim
