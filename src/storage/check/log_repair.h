#pragma once
// Writes the sound records of a damaged log to new files and puts these in the place of the old
// ones. Whenever it is interrupted, calling it again with the same folders goes on.
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/check/check.h"

namespace warren::storage {

struct LogRepair {
    std::string folder;        // with the log
    std::string new_folder;    // where the new files are written
    std::string aside_folder;  // where the old files go
};

// An earlier call with these folders has written the new log: it must take its place before
// anything else is done.
bool log_repair_is_under_way(FileIo& io, const LogRepair& repair);

// `repair` must be under way, or the log damaged. Returns how many records were kept; none when
// they were written by an earlier call.
Result<std::optional<std::uint64_t>, IoError> repair_log(FileIo& io, const LogRepair& repair,
                                                         const EntryCheck& entry_check);

}  // namespace warren::storage
