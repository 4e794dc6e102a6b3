#pragma once
// Looks at every byte of a shard's files that means something, and repairs what can be repaired.
// For a data folder that no server uses: nothing here knows of shards that run.
//
// A report says what is damaged, where, and how many entries of which log that costs at most. What
// an entry is to its owner, a message or something else, is known by its log and its level. A torn
// tail of the log, leftovers and files that have been replaced are no damage: every start removes
// them.
//
// However much is damaged, a report is of limited size: neighbours alike are told once, and from
// damages_max on whatever comes.
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "storage/entry.h"
#include "storage/file_io.h"
#include "storage/wal.h"

namespace warren::storage {

struct LogLevel {
    QueueId log;
    std::uint8_t level = 0;

    friend auto operator<=>(const LogLevel&, const LogLevel&) = default;
};
using EntryCounts = std::map<LogLevel, std::uint64_t>;

struct Damage {
    FilePlace place;          // the first of these
    std::uint64_t bytes = 0;  // in all; 0: not known
    std::uint64_t places = 1;
    std::string what;
    // Entries that are lost; QueueId{} stands for those of which it is not known whose they were,
    // and not whether they still lived either.
    EntryCounts entries{};
    std::set<QueueId> perhaps_of{};  // logs that damaged records seem to name
    // Records of acknowledgements that are lost: what they settled comes back.
    std::uint64_t settlements = 0;
    bool more_is_unknown = false;  // what was there cannot be told at all
};

inline constexpr std::size_t damages_max = 500;

struct ShardCheck {
    std::uint64_t log_files = 0;
    std::uint64_t log_records = 0;
    std::uint64_t segments = 0;
    std::uint64_t segment_entries = 0;
    EntryCounts entries;  // that a start would bring back
    std::vector<Damage> damages;
    std::vector<std::string> notes;
};

// What the owner of the entries thinks of one whose checksum is right: what is wrong with it, if
// anything is.
using EntryCheck = std::function<std::optional<std::string>(QueueId log, const LoadedEntry& entry)>;

// Changes nothing. An error: something cannot be read at all, or is of a newer version.
Result<ShardCheck, std::string> check_shard(FileIo& io, const std::string& folder,
                                            const EntryCheck& entry_check);

// Files with damage go to `aside_folder`, of this shard and this repair alone; what is sound in
// them is copied to new files first. Says in words what it has done.
//
// Interrupted at any point it may be called again with the same folders, and must be, before the
// shard is used.
Result<std::vector<std::string>, std::string> repair_shard(FileIo& io, const std::string& folder,
                                                           const std::string& aside_folder,
                                                           const EntryCheck& entry_check);

}  // namespace warren::storage
