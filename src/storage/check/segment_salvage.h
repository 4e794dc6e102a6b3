#pragma once
// A segment file whose header, footer or trailer is damaged, opened with what can still be proved:
// the checksums of a run's rows depend on the run's identity, so an intact row vouches for what the
// footer says of its run, whatever the footer's own checksum says.
#include <cstdint>
#include <memory>
#include <string>

#include "storage/segment.h"

namespace warren::storage {

struct SalvagedSegment {
    std::unique_ptr<SegmentFile> file;  // null: nothing can be proved
    bool complete = false;              // no run is missing
};

// `number` is what the file's name says. The summary names no replaced files, and every run as
// flushed up to its last entry, which is what can be known.
SalvagedSegment salvage_segment(FileIo& io, const std::string& path, std::uint64_t number);

}  // namespace warren::storage
