#pragma once
// The data folder of a node: who may use it, how it was made, and whether it can be used at all.
//
//   lock        held as long as a server uses the folder
//   format      text: version of the layout, number of shards, name of the node
//   metadata/   the metadata log
//   shard-<n>/  messages: wal/ and segments/
//
// A folder gets its format file last, when its first metadata is safe: without one, the node has
// never served anybody from it, and whatever is there is the rest of a start that was cut short.
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "storage/file_io.h"

namespace warren::app {

struct DataFolderWishes {
    std::string node_name{};
    std::size_t shards = 0;      // as configured; 0: not said
    std::size_t processors = 1;  // of this machine
    // So long to wait for a server that is about to end: after a SIGKILL the system takes a moment
    // to give the lock of a large process back.
    std::int64_t patience_ms = 0;
};

class DataFolder {
public:
    // Takes the lock and reads the format. The error says what to do. The folder must exist.
    static Result<DataFolder, std::string> open(storage::FileIo& io, std::string path,
                                                const DataFolderWishes& wishes);

    // For who only looks at a folder: as it was made, whatever this machine wishes for.
    static Result<DataFolder, std::string> open_as_found(storage::FileIo& io, std::string path);

    bool is_new() const { return is_new_; }
    // What the folder was made with; for a new one, what was wished for.
    std::size_t shard_count() const { return format_.shards; }
    std::string metadata_path() const { return path_ + "/metadata"; }
    std::string shard_path(ShardId shard) const {
        return path_ + "/shard-" + std::to_string(shard.value);
    }
    // For the log.
    const std::vector<std::string>& notes() const { return notes_; }

    // The first metadata is safe: from now on the folder is one that a node has used.
    Result<void, std::string> finish_new();

private:
    struct Format {
        std::uint64_t version = 0;
        std::size_t shards = 0;
        std::string node{};
    };

    DataFolder(storage::FileIo& io, std::string path) : io_(&io), path_(std::move(path)) {}
    std::string format_path() const { return path_ + "/format"; }
    Result<void, std::string> take_lock(std::int64_t patience_ms);
    Result<void, std::string> read_format(const DataFolderWishes& wishes);
    Result<void, std::string> read_format();
    Result<void, std::string> judge(const DataFolderWishes& wishes);
    Result<void, std::string> write_format();
    static Result<Format, std::string> parse(std::string_view text);

    storage::FileIo* io_;
    std::string path_;
    std::unique_ptr<storage::FolderLock> lock_;
    Format format_;
    bool is_new_ = false;
    std::vector<std::string> notes_;
};

}  // namespace warren::app
