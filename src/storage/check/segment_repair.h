#pragma once
// What is sound in a damaged segment file, in a file of its own.
#include <cstdint>
#include <string>

#include "storage/check/shard_inspection.h"

namespace warren::storage {

// Copies the entries that live and are sound to a new segment of that number, which says that it
// replaces the old one: whoever finds both takes the new. False: there were none, there is no new
// file.
Result<bool, IoError> copy_sound_entries(FileIo& io, InspectedSegment& segment,
                                         const Ledger& ledger, const EntryCheck& entry_check,
                                         const std::string& folder, std::uint64_t number);

}  // namespace warren::storage
