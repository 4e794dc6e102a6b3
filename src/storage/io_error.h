#pragma once
// The disk has refused something: what, where, and why.
#include <string>
#include <string_view>

namespace warren::storage {

struct IoError {
    std::string operation;  // "write", "fdatasync", ...
    std::string path;
    int code = 0;  // errno

    // No space (ENOSPC, EDQUOT): waiting helps, nothing is broken.
    bool disk_full() const;
    // "cannot write data/shard-0/wal/7.wal: No space left on device (errno 28)"
    std::string text() const;
};

}  // namespace warren::storage
