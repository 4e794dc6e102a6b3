#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <tuple>

#include "storage/wal.h"

namespace warren::storage {

namespace {

constexpr std::string_view spare_prefix = "spare-";
constexpr std::size_t spares_max = 2;

struct Spare {
    std::string path;
    std::uint64_t bytes = 0;
    // The name it had is gone for good. Until then nothing in it may change: a crash can bring it
    // back under its old name.
    bool renamed_for_good = false;
};

}  // namespace

struct WalWriter::Files {
    FileIo& io;
    const std::string folder;
    const std::uint64_t file_bytes;

    std::unique_ptr<File> current{};  // the one that is written to
    std::uint64_t file_number = 0;
    std::uint64_t end = 0;
    bool unsynced = false;
    std::vector<Spare> spares{};  // of this process's making
    bool name_made = false;       // since the folder was synced
    bool name_retired = false;    // since the folder was synced
    bool leftovers_removed = false;
    std::optional<IoError> broken{};

    std::string path_of(std::string_view name) const { return folder + "/" + std::string(name); }

    Result<void, IoError> begin(std::uint64_t number);
    Result<std::unique_ptr<File>, IoError> open_new(const std::string& path);
    Result<std::unique_ptr<File>, IoError> take_spare(const Spare& spare, const std::string& path);
    Result<void, IoError> sync();
    Result<void, IoError> sync_names();
    Result<void, IoError> break_with(IoError error);
    Result<void, IoError> retire_one(const FileEntry& entry);
    bool keep_as_spare(const FileEntry& entry);
    void remove_leftovers();
};

WalWriter::WalWriter(FileIo& io, std::string folder, std::uint64_t file_bytes)
    : files_(new Files{.io = io, .folder = std::move(folder), .file_bytes = file_bytes}) {}

WalWriter::~WalWriter() = default;

Result<void, IoError> WalWriter::write(const WalBatch& batch, std::uint64_t file_number) {
    Files& files = *files_;
    if (files.broken) return fail(*files.broken);
    if (file_number != files.file_number) {
        ENSURE(file_number > files.file_number);
        if (auto begun = files.begin(file_number); !begun) return begun;
    }
    ENSURE(files.current);  // it was not retired
    if (auto written = files.current->write_at(files.end, batch.view()); !written) return written;
    files.end += batch.bytes();
    files.unsynced = true;
    return {};
}

// A file begins when all before it are safe: so a crash finds unsynced batches in the last file
// only, and whatever the log then begins with was its begin. What an earlier attempt has left under
// the name is replaced.
Result<void, IoError> WalWriter::Files::begin(std::uint64_t number) {
    if (!leftovers_removed) remove_leftovers();
    if (unsynced)
        if (auto synced = sync(); !synced) return synced;
    auto begun = open_new(path_of(wal_format::file_name(number)));
    if (!begun) return fail(std::move(begun.error()));
    std::array<std::byte, wal_format::file_header_bytes> header;
    wal_format::write_file_header(header.data(), {.file_number = number});
    if (auto written = (*begun)->write_at(0, header); !written) return written;
    current = std::move(*begun);
    file_number = number;
    end = header.size();
    return {};
}

Result<std::unique_ptr<File>, IoError> WalWriter::Files::open_new(const std::string& path) {
    name_made = true;  // already when it fails: a name may have come into being
    const auto found = std::ranges::find_if(spares, &Spare::renamed_for_good);
    if (found != spares.end()) {
        const Spare spare = std::move(*found);
        spares.erase(found);
        if (auto file = take_spare(spare, path)) return file;
    }
    auto file = io.open(path, OpenMode::create);
    if (!file) return file;
    if (auto reserved = (*file)->reserve(file_bytes); !reserved) {
        if (!reserved.error().disk_full()) return fail(std::move(reserved.error()));
        // The batch may fit in all the same; what was set aside is given back for it.
        if (auto cut = (*file)->truncate(0); !cut) return fail(std::move(cut.error()));
    }
    return file;
}

Result<std::unique_ptr<File>, IoError> WalWriter::Files::take_spare(const Spare& spare,
                                                                    const std::string& path) {
    if (auto renamed = io.rename(spare.path, path); !renamed) return fail(renamed.error());
    auto file = io.open(path, OpenMode::update);
    if (!file || spare.bytes == file_bytes) return file;
    if (auto cut = (*file)->truncate(file_bytes); !cut) return fail(std::move(cut.error()));
    return file;
}

Result<void, IoError> WalWriter::sync() {
    if (files_->broken) return fail(*files_->broken);
    return files_->sync();
}

Result<void, IoError> WalWriter::Files::sync() {
    if (unsynced)
        if (auto synced = current->sync(); !synced) return break_with(std::move(synced.error()));
    unsynced = false;
    return name_made ? sync_names() : Result<void, IoError>{};
}

Result<void, IoError> WalWriter::Files::sync_names() {
    if (auto synced = io.sync_folder(folder); !synced) return break_with(std::move(synced.error()));
    name_made = name_retired = false;
    for (Spare& spare : spares)
        spare.renamed_for_good = true;
    return {};
}

// Also when it was for lack of space: that the same may be written again once there is some holds
// for a write, not for a sync.
Result<void, IoError> WalWriter::Files::break_with(IoError error) {
    if (error.disk_full()) error.code = EIO;
    broken = std::move(error);
    return fail(*broken);
}

Result<void, IoError> WalWriter::retire(std::uint64_t file_number) {
    Files& files = *files_;
    if (files.broken) return fail(*files.broken);
    if (file_number >= files.file_number) {
        // A crash may bring it back, and the batches that follow will say that it was synced.
        if (files.unsynced)
            if (auto synced = files.sync(); !synced) return synced;
        files.current.reset();
    }
    if (!files.leftovers_removed) files.remove_leftovers();
    auto listed = files.io.list(files.folder);
    if (!listed) return fail(std::move(listed.error()));
    // In the order of names, which is that of numbers.
    for (const FileEntry& entry : *listed) {
        const auto number = wal_format::file_number_of(entry.name);
        if (!number || *number > file_number) continue;
        if (auto gone = files.retire_one(entry); !gone) return gone;
    }
    return {};
}

Result<void, IoError> WalWriter::Files::retire_one(const FileEntry& entry) {
    // Two names that go at once might go in the wrong order.
    if (name_retired)
        if (auto synced = sync_names(); !synced) return synced;
    if (!keep_as_spare(entry))
        if (auto removed = io.remove(path_of(entry.name)); !removed) return removed;
    name_retired = true;
    return {};
}

bool WalWriter::Files::keep_as_spare(const FileEntry& entry) {
    const bool fits = entry.bytes >= file_bytes && entry.bytes <= 2 * file_bytes;
    if (!fits || spares.size() == spares_max) return false;
    std::string spare_path = path_of(std::string(spare_prefix) + entry.name);
    if (!io.rename(path_of(entry.name), spare_path)) return false;
    spares.push_back({.path = std::move(spare_path), .bytes = entry.bytes});
    return true;
}

// Spares of an earlier process: of what they hold it is not certain that it is older than all that
// will be written. What cannot be removed now is removed at the next start.
void WalWriter::Files::remove_leftovers() {
    leftovers_removed = true;
    const auto listed = io.list(folder);
    if (!listed) return;
    for (const FileEntry& entry : *listed)
        if (entry.name.starts_with(spare_prefix)) std::ignore = io.remove(path_of(entry.name));
}

std::size_t wal_file_header_bytes() {
    return wal_format::file_header_bytes;
}

}  // namespace warren::storage
