#include "storage/wal_folder.h"

#include <array>
#include <cerrno>
#include <utility>

namespace warren::storage {

namespace {

Result<void, IoError> peek(LogFile& file) {
    std::array<std::byte, wal_format::file_header_bytes + wal_format::batch_header_bytes> bytes;
    const auto count = file.file->read_at(0, bytes);
    if (!count) return fail(count.error());
    const ByteView start = ByteView(bytes).first(*count);
    const auto header = wal_format::read_file_header(start);
    if (header)
        if (auto known = check_log_version(header->version, file.path); !known) return known;
    // A spare that was about to become this file has the header of its earlier life.
    file.header_sound = header && header->file_number == file.number;
    file.first = batch_at(start, file.number, wal_format::file_header_bytes);
    return {};
}

}  // namespace

Result<void, IoError> check_log_version(std::uint32_t version, const std::string& path) {
    if (version == wal_format::format_version) return {};
    return fail(IoError{.operation = "read format " + std::to_string(version) + " (known: " +
                                     std::to_string(wal_format::format_version) + ") of",
                        .path = path,
                        .code = ENOTSUP});
}

Result<std::vector<LogFile>, IoError> open_log_files(FileIo& io, const std::string& folder) {
    const auto listed = io.list(folder);
    if (!listed) return fail(listed.error());
    std::vector<LogFile> files;
    for (const FileEntry& entry : *listed) {
        const auto number = wal_format::file_number_of(entry.name);
        if (!number || entry.directory) continue;
        std::string path = folder + "/" + entry.name;
        auto file = io.open(path, OpenMode::read);
        if (!file) return fail(std::move(file.error()));
        files.push_back({.number = *number,
                         .path = std::move(path),
                         .file = std::move(*file),
                         .bytes = entry.bytes});
        if (auto peeked = peek(files.back()); !peeked) return fail(std::move(peeked.error()));
    }
    return files;
}

Result<void, IoError> LogFileContents::load(const LogFile& log_file) {
    const auto bytes = log_file.file->size();
    if (!bytes) return fail(bytes.error());
    if (*bytes > capacity_) {
        data_.reset();
        data_ = std::make_unique_for_overwrite<std::byte[]>(*bytes);
        capacity_ = *bytes;
    }
    const auto count = log_file.file->read_at(0, {data_.get(), *bytes});
    if (!count) return fail(count.error());
    size_ = *count;
    return {};
}

Result<void, IoError> cut_log_files(FileIo& io, const std::string& folder, const LogCut& cut) {
    for (const std::string& path : cut.dropped_paths)
        if (auto removed = io.remove(path); !removed) return removed;
    if (!cut.dropped_paths.empty())
        if (auto synced = io.sync_folder(folder); !synced) return synced;
    const auto file = io.open(cut.path, OpenMode::update);
    if (!file) return fail(file.error());
    const auto bytes = (*file)->size();
    if (!bytes) return fail(bytes.error());
    if (*bytes > cut.offset)
        if (auto truncated = (*file)->truncate(cut.offset); !truncated) return truncated;
    return (*file)->sync();
}

Result<void, IoError> sync_log_files(FileIo& io, const std::string& folder,
                                     const std::vector<LogFile>& files,
                                     std::uint64_t synced_through) {
    for (const LogFile& log_file : files) {
        if (log_file.last_batch_taken <= synced_through) continue;
        const auto file = io.open(log_file.path, OpenMode::update);
        if (!file) return fail(file.error());
        if (auto synced = (*file)->sync(); !synced) return synced;
    }
    return io.sync_folder(folder);
}

}  // namespace warren::storage
