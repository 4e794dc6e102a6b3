#pragma once
// Command logs for tests: commands are "key=value", and a log means the last value of each key.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "storage/command_log.h"
#include "tests/sim/simulated_disk.h"
#include "tests/sim/simulated_lane.h"

namespace warren::storage {

inline constexpr const char* command_folder = "metadata";

using Meaning = std::map<std::string, std::string>;

inline void apply_command(Meaning& meaning, const std::string& command) {
    const std::size_t at = command.find('=');
    ASSERT_NE(at, std::string::npos) << "a command from nowhere: " << command;
    meaning[command.substr(0, at)] = command.substr(at + 1);
}

inline Meaning meaning_of(const std::vector<std::string>& commands) {
    Meaning meaning;
    for (const std::string& command : commands)
        apply_command(meaning, command);
    return meaning;
}

inline std::vector<std::string> fold_commands(const std::vector<std::string>& commands) {
    std::vector<std::string> folded;
    for (const auto& [key, value] : meaning_of(commands))
        folded.push_back(std::string(key).append("=").append(value));
    return folded;
}

struct RecordedEvents final : CommandLogEvents {
    void commands_durable(std::uint64_t through) override { durable = through; }
    void command_log_failed(const std::string& text) override { failures.push_back(text); }
    void command_log_notice(const std::string& text) override { notices.push_back(text); }

    std::uint64_t durable = 0;
    std::vector<std::string> failures;
    std::vector<std::string> notices;
};

inline CommandLogOptions small_options() {
    return {.folder = command_folder, .file_bytes = 512, .fold_bytes_min = 2000};
}

// One process with its log.
class CommandProcess {
public:
    explicit CommandProcess(sim::SimulatedDisk& disk) : disk_(disk) {}

    Result<void, std::string> open(CommandLogOptions options = small_options()) {
        auto opened =
            CommandLog::open(std::move(options), disk_, lane, events, fold_commands, recovered);
        if (!opened) return fail(std::move(opened.error()));
        log = std::move(*opened);
        return {};
    }
    std::uint64_t append(const std::string& command) { return log->append(as_bytes(command)); }
    // Until the lane has nothing to do and nothing waits for it.
    void settle(bool sync = true) {
        for (int round = 0; round < 4; ++round) {
            log->end_turn(now, sync);
            lane.run_all();
        }
    }
    void append_safely(const std::string& command) {
        const std::uint64_t index = append(command);
        settle();
        EXPECT_EQ(log->durable_through(), index);
    }
    // As a process that dies.
    void die() {
        lane.drop_all();
        log.reset();
    }

    sim::SimulatedLane lane;
    RecordedEvents events;
    CommandLog::Recovered recovered;
    std::unique_ptr<CommandLog> log;
    Instant now{1000};

private:
    sim::SimulatedDisk& disk_;
};

// Enough for folds, again and again with the same keys.
inline void append_much(CommandProcess& process, int count) {
    for (int index = 0; index < count; ++index)
        process.append_safely("key " + std::to_string(index % 7) + "=" + std::to_string(index) +
                              std::string(50, 'v'));
}

inline std::vector<std::string> names_in(sim::SimulatedDisk& disk, const std::string& folder) {
    std::vector<std::string> names;
    const auto listed = disk.list(folder);
    for (const FileEntry& entry : *listed)
        names.push_back(entry.name);
    return names;
}

// Snapshots, by name.
inline std::vector<std::string> snapshots(sim::SimulatedDisk& disk) {
    std::vector<std::string> names = names_in(disk, command_folder);
    std::erase_if(names, [](const std::string& name) { return !name.starts_with("snapshot-"); });
    return names;
}

}  // namespace warren::storage
