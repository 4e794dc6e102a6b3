#include "storage/command_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <tuple>

#include "storage/wal_folder.h"
#include "storage/wal_scan.h"

namespace warren::storage {

namespace {

constexpr std::string_view snapshot_prefix = "snapshot-";
constexpr std::string_view unfinished_name = "unfinished-snapshot";
constexpr std::uint8_t snapshot_version = 1;

std::string snapshot_name(std::uint64_t number) {
    return std::string(snapshot_prefix) + wal_format::file_digits(number);
}

// 0: not the name of a snapshot.
std::uint64_t snapshot_number_of(std::string_view name) {
    if (!name.starts_with(snapshot_prefix)) return 0;
    return wal_format::number_of_digits(name.substr(snapshot_prefix.size())).value_or(0);
}

std::uint64_t newest_snapshot(const std::vector<FileEntry>& entries) {
    std::uint64_t newest = 0;
    for (const FileEntry& entry : entries)
        newest = std::max(newest, snapshot_number_of(entry.name));
    return newest;
}

bool is_older_snapshot(const FileEntry& entry, std::uint64_t snapshot) {
    const std::uint64_t number = snapshot_number_of(entry.name);
    return number != 0 && number < snapshot;
}

bool is_leftover(const FileEntry& entry, std::uint64_t snapshot) {
    const auto file_number = wal_format::file_number_of(entry.name);
    return entry.name == unfinished_name || is_older_snapshot(entry, snapshot) ||
           (file_number && *file_number <= snapshot);
}

// What cannot be removed does no harm.
Result<void, IoError> remove_leftovers(FileIo& io, const std::string& folder,
                                       const std::vector<FileEntry>& entries,
                                       std::uint64_t snapshot) {
    if (std::ranges::none_of(entries,
                             [&](const FileEntry& entry) { return is_leftover(entry, snapshot); }))
        return {};
    // The snapshot's own name comes first: whoever gave it to it may have died before that.
    if (auto synced = io.sync_folder(folder); !synced) return synced;
    for (const FileEntry& entry : entries)
        if (is_leftover(entry, snapshot)) std::ignore = io.remove(folder + "/" + entry.name);
    return {};
}

// Takes the records of snapshot and log.
class Collector {
public:
    explicit Collector(StoredCommands& stored) : stored_(stored) {}

    void take(RecordType type, std::uint8_t version, ByteView payload, const std::string& path) {
        if (type == RecordType::snapshot && version == snapshot_version) return;
        if (type != RecordType::command || version != command_version) {
            if (!unknown_)
                unknown_ = IoError{.operation = "read a record of type " +
                                                std::to_string(static_cast<int>(type)) +
                                                ", version " + std::to_string(version) + ", of",
                                   .path = path,
                                   .code = ENOTSUP};
            return;
        }
        stored_.commands.emplace_back(as_text(payload));
    }
    // A record was of a kind that is not known here.
    const std::optional<IoError>& unknown() const { return unknown_; }

private:
    StoredCommands& stored_;
    std::optional<IoError> unknown_;
};

Result<void, IoError> read_snapshot(FileIo& io, const std::string& path, StoredCommands& stored,
                                    Collector& collector) {
    const auto bytes = read_file(io, path);
    if (!bytes) return fail(bytes.error());
    stored.snapshot_bytes = bytes->size();
    const auto lost = [&](std::uint64_t offset, std::uint64_t count) {
        stored.damages.push_back({.place = {.path = path, .offset = offset},
                                  .bytes = count,
                                  .what = "the snapshot is damaged"});
    };
    const auto take = [&](std::uint64_t, const wal_format::Record& record) {
        collector.take(static_cast<RecordType>(record.type), record.version, record.payload, path);
    };
    const auto header = wal_format::read_file_header(*bytes);
    if (header)
        if (auto known = check_log_version(header->version, path); !known) return known;
    const auto batch = batch_at(*bytes, stored.snapshot, wal_format::file_header_bytes);
    if (batch)
        if (auto known = check_log_version(batch->header.version, path); !known) return known;
    if (!header) lost(0, wal_format::file_header_bytes);
    if (!batch)
        lost(wal_format::file_header_bytes,
             bytes->size() - std::min(bytes->size(), wal_format::file_header_bytes));
    else if (batch_is_whole(*bytes, *batch))
        for_each_record(*bytes, *batch, take);
    else
        for_each_sound_record(*bytes, *batch, take, lost);
    return {};
}

Result<void, IoError> read_log(FileIo& io, const std::string& folder, bool repair,
                               std::uint64_t through, StoredCommands& stored,
                               Collector& collector) {
    auto report = read_wal(io, folder, repair, [&](const WalRecord& record) {
        if (record.file_number <= stored.snapshot || record.file_number > through) return;
        stored.log_bytes += wal_format::record_bytes(record.payload.size());
        collector.take(record.type, record.version, record.payload, record.place.path);
    });
    if (!report) return fail(std::move(report.error()));
    stored.log = std::move(*report);
    std::erase_if(stored.log.files,
                  [&](std::uint64_t number) { return number <= stored.snapshot; });
    for (WalDamage& damage : stored.log.damages)
        if (damage.last_file_number > stored.snapshot) stored.damages.push_back(std::move(damage));
    stored.log.damages.clear();
    return {};
}

Result<void, IoError> write_unfinished(FileIo& io, const std::string& path, std::uint64_t through,
                                       const WalBatch& batch) {
    const auto file = io.open(path, OpenMode::create);
    if (!file) return fail(file.error());
    std::array<std::byte, wal_format::file_header_bytes> header;
    wal_format::write_file_header(header.data(), {.file_number = through});
    if (auto written = (*file)->write_at(0, header); !written) return written;
    if (auto written = (*file)->write_at(header.size(), batch.view()); !written) return written;
    return (*file)->sync();
}

}  // namespace

void add_command(WalBatch& batch, ByteView command) {
    store_bytes(batch.add(RecordType::command, command_version, command.size()).data(), command);
}

Result<StoredCommands, IoError> read_commands(FileIo& io, const std::string& folder, bool repair,
                                              std::uint64_t through) {
    const auto entries = io.list(folder);
    if (!entries) return fail(entries.error());
    StoredCommands stored;
    stored.snapshot = newest_snapshot(*entries);
    if (repair)
        if (auto removed = remove_leftovers(io, folder, *entries, stored.snapshot); !removed)
            return fail(std::move(removed.error()));
    Collector collector(stored);
    if (stored.snapshot != 0) {
        const std::string path = folder + "/" + snapshot_name(stored.snapshot);
        if (auto read = read_snapshot(io, path, stored, collector); !read)
            return fail(std::move(read.error()));
    }
    if (auto read = read_log(io, folder, repair, through, stored, collector); !read)
        return fail(std::move(read.error()));
    if (collector.unknown()) return fail(*collector.unknown());
    return stored;
}

Result<std::uint64_t, SnapshotFailure> write_snapshot(FileIo& io, const std::string& folder,
                                                      std::uint64_t through,
                                                      const std::vector<std::string>& commands) {
    WalBatch batch;
    batch.add(RecordType::snapshot, snapshot_version, 0);
    for (const std::string& command : commands)
        add_command(batch, as_bytes(command));
    batch.seal(through, 1, 0);
    const std::string unfinished = folder + "/" + std::string(unfinished_name);
    if (auto written = write_unfinished(io, unfinished, through, batch); !written) {
        std::ignore = io.remove(unfinished);
        return fail(SnapshotFailure{.error = std::move(written.error())});
    }
    if (auto named = io.rename(unfinished, folder + "/" + snapshot_name(through)); !named)
        return fail(SnapshotFailure{.error = std::move(named.error())});
    if (auto synced = io.sync_folder(folder); !synced)
        return fail(SnapshotFailure{.error = std::move(synced.error()), .names_unknown = true});
    return wal_format::file_header_bytes + batch.bytes();
}

void remove_older_snapshots(FileIo& io, const std::string& folder, std::uint64_t number) {
    const auto entries = io.list(folder);
    if (!entries) return;
    for (const FileEntry& entry : *entries)
        if (is_older_snapshot(entry, number)) std::ignore = io.remove(folder + "/" + entry.name);
}

}  // namespace warren::storage
