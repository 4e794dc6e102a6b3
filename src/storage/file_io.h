#pragma once
// The seam between the log engine and the disk: everything that storage does to files goes through
// here, so that tests can put a disk in its place that forgets, tears, fails and fills up.
//
// What may be relied on after a crash, and nothing more: bytes written before a sync() of their
// file that succeeded; names created, renamed or removed before a sync_folder() that succeeded.
// Of everything else any part may have happened, in any order, in pieces of a sector (512 bytes).
//
// A failed sync() says nothing about what is on disk and must not be repeated as if it did.
// Objects may be used from any thread, by one thread at a time each; FileIo itself by several at
// once.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "storage/io_error.h"

namespace warren::storage {

class File {
public:
    virtual ~File() = default;

    // Fills `into` from `offset`; fewer bytes come back only where the file ends.
    virtual Result<std::size_t, IoError> read_at(std::uint64_t offset,
                                                 std::span<std::byte> into) = 0;
    // All of it or an error; the file grows as needed.
    virtual Result<void, IoError> write_at(std::uint64_t offset, ByteView bytes) = 0;
    // Contents and size are on stable storage when this succeeds (fdatasync).
    virtual Result<void, IoError> sync() = 0;
    virtual Result<std::uint64_t, IoError> size() = 0;
    virtual Result<void, IoError> truncate(std::uint64_t bytes) = 0;
    // Blocks for the first `bytes` bytes are set aside, reading as zeros where nothing was written;
    // the size becomes at least that. Not an error where the file system cannot.
    virtual Result<void, IoError> reserve(std::uint64_t bytes) = 0;
    // A hint: this range is read soon (posix_fadvise). Does not wait.
    virtual void will_need(std::uint64_t offset, std::uint64_t bytes) = 0;
};

enum class OpenMode : std::uint8_t {
    read,    // must exist
    update,  // must exist; reading and writing
    create,  // reading and writing; what was there is cut to nothing
};

struct FileEntry {
    std::string name;  // without the folder
    std::uint64_t bytes = 0;
    bool directory = false;
};

// Held as long as the process uses a data folder.
class FolderLock {
public:
    virtual ~FolderLock() = default;
};

class FileIo {
public:
    virtual ~FileIo() = default;

    virtual Result<std::unique_ptr<File>, IoError> open(const std::string& path, OpenMode mode) = 0;
    virtual Result<void, IoError> remove(const std::string& path) = 0;
    // Replaces what is there, in one step.
    virtual Result<void, IoError> rename(const std::string& from, const std::string& to) = 0;
    // In order of names; an error (ENOENT) when there is no such folder.
    virtual Result<std::vector<FileEntry>, IoError> list(const std::string& folder) = 0;
    // With its parents; fine when it is there. Needs no sync_folder(): the names are on stable
    // storage when this succeeds.
    virtual Result<void, IoError> create_folder(const std::string& path) = 0;
    virtual Result<void, IoError> sync_folder(const std::string& path) = 0;
    // What an ordinary process could still write there.
    virtual Result<std::uint64_t, IoError> free_bytes(const std::string& path) = 0;
    // Error EWOULDBLOCK: another process holds it. `path` is a file that is created for it.
    virtual Result<std::unique_ptr<FolderLock>, IoError> lock(const std::string& path) = 0;
};

// The operating system's files.
FileIo& system_files();

// Reads a whole file.
Result<std::vector<std::byte>, IoError> read_file(FileIo& io, const std::string& path);

}  // namespace warren::storage
