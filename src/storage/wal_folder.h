#pragma once
// The files of one log as they lie in their folder: finding them, reading them, and cutting off
// what the log does not reach any more.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/file_io.h"
#include "storage/wal_scan.h"

namespace warren::storage {

struct LogFile {
    std::uint64_t number = 0;
    std::string path;
    std::unique_ptr<File> file;  // for reading
    std::uint64_t bytes = 0;
    bool header_sound = false;
    std::optional<FoundBatch> first{};   // behind the file's header
    std::uint64_t last_batch_taken = 0;  // 0: none
};

// An error if this program does not know the format.
Result<void, IoError> check_log_version(std::uint32_t version, const std::string& path);

// In order; what is no log file is passed over.
Result<std::vector<LogFile>, IoError> open_log_files(FileIo& io, const std::string& folder);

// A file's bytes; the memory is used for the next file again.
class LogFileContents {
public:
    Result<void, IoError> load(const LogFile& log_file);
    ByteView view() const { return {data_.get(), size_}; }

private:
    std::unique_ptr<std::byte[]> data_;
    std::size_t capacity_ = 0;
    std::size_t size_ = 0;
};

// Where the log ends, and the files behind it, from the last one on.
struct LogCut {
    std::string path;
    std::uint64_t offset = 0;
    std::vector<std::string> dropped_paths{};
};
// Whenever this is interrupted, what is left is to be cut again at the same place.
Result<void, IoError> cut_log_files(FileIo& io, const std::string& folder, const LogCut& cut);

// The files that hold batches above `synced_through` are on stable storage, and all names are as
// they are: none that is gone comes back.
Result<void, IoError> sync_log_files(FileIo& io, const std::string& folder,
                                     const std::vector<LogFile>& files,
                                     std::uint64_t synced_through);

}  // namespace warren::storage
