#include "storage/check/log_repair.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "storage/check/shard_inspection.h"

namespace warren::storage {

namespace {

// In the new folder: all of the new log is on stable storage, and everything in the old folder with
// a lower number than this file says is old.
constexpr const char* complete_name = "/complete";

constexpr std::uint64_t file_bytes_max = 8u << 20;

using Done = Result<void, IoError>;

// Copies records to a new log, batch by batch: a body and the entries that need it stay together.
class LogCopy {
public:
    LogCopy(FileIo& io, const std::string& folder, std::uint64_t first_file,
            std::uint64_t first_batch)
        : writer_(io, folder, 0), file_(first_file), next_batch_(first_batch) {}

    void copy(const WalRecord& record) {
        if (std::exchange(copied_batch_, record.batch_number) != record.batch_number) flush();
        const auto room = batch_.add(record.type, record.version, record.payload.size());
        std::ranges::copy(record.payload, room.begin());
        ++records_;
    }
    Result<std::uint64_t, IoError> finish() {
        flush();
        if (!outcome_) return fail(outcome_.error());
        if (auto synced = writer_.sync(); !synced) return fail(synced.error());
        return records_;
    }

private:
    void flush() {
        if (batch_.empty() || !outcome_) return;
        if (written_bytes_ != 0 && written_bytes_ + batch_.bytes() > file_bytes_max) {
            ++file_;
            written_bytes_ = 0;
        }
        // Nobody reads this log before all of it is synced.
        batch_.seal(file_, next_batch_, next_batch_ - 1);
        ++next_batch_;
        written_bytes_ += batch_.bytes();
        outcome_ = writer_.write(batch_, file_);
        batch_.clear();
    }

    WalWriter writer_;
    WalBatch batch_;
    std::uint64_t file_;
    std::uint64_t next_batch_;
    std::uint64_t copied_batch_ = 0;
    std::uint64_t written_bytes_ = 0;  // to this file
    std::uint64_t records_ = 0;
    Done outcome_;
};

// The file has that name only with all of the number in it.
Done write_complete(FileIo& io, const std::string& folder, std::uint64_t first_file) {
    const std::string path = folder + complete_name;
    auto file = io.open(path + ".new", OpenMode::create);
    if (!file) return fail(file.error());
    const std::string text = std::to_string(first_file);
    if (auto written = (*file)->write_at(0, as_bytes(text)); !written) return written;
    if (auto synced = (*file)->sync(); !synced) return synced;
    if (auto renamed = io.rename(path + ".new", path); !renamed) return renamed;
    return io.sync_folder(folder);
}

Result<std::uint64_t, IoError> read_complete(FileIo& io, const std::string& folder) {
    const std::string path = folder + complete_name;
    const auto bytes = read_file(io, path);
    if (!bytes) return fail(bytes.error());
    const std::string_view text = as_text(*bytes);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        return fail(IoError{"read a number from", path, EBADMSG});
    return number;
}

// What an attempt that was interrupted has left.
Done empty_folder(FileIo& io, const std::string& folder) {
    if (auto created = io.create_folder(folder); !created) return created;
    const auto files = io.list(folder);
    if (!files) return fail(files.error());
    for (const FileEntry& file : *files)
        if (auto removed = io.remove(folder + "/" + file.name); !removed) return removed;
    return io.sync_folder(folder);
}

// Its number, also if reading does not get that far.
Result<std::uint64_t, IoError> last_log_file(FileIo& io, const std::string& folder) {
    const auto files = io.list(folder);
    if (!files) return fail(files.error());
    std::uint64_t last = 0;
    for (const FileEntry& file : *files)
        last = std::max(last, wal_format::file_number_of(file.name).value_or(0));
    return last;
}

// Those log files that `moves` says yes to.
template <typename Moves>
Done move_log_files(FileIo& io, const std::string& from, const std::string& to, Moves moves) {
    const auto files = io.list(from);
    if (!files) return fail(files.error());
    for (const FileEntry& file : *files) {
        const auto number = wal_format::file_number_of(file.name);
        if (!number || !moves(*number)) continue;
        if (auto moved = io.rename(from + "/" + file.name, to + "/" + file.name); !moved)
            return moved;
    }
    if (auto synced = io.sync_folder(to); !synced) return synced;
    return io.sync_folder(from);
}

Result<std::uint64_t, IoError> write_new_log(FileIo& io, const LogRepair& repair,
                                             const EntryCheck& entry_check) {
    const auto report = read_wal(io, repair.folder, false, [](const WalRecord&) {});
    if (!report) return fail(report.error());
    const auto last_file = last_log_file(io, repair.folder);
    if (!last_file) return fail(last_file.error());
    if (auto emptied = empty_folder(io, repair.new_folder); !emptied) return fail(emptied.error());
    // Above all numbers that were used: what is old and what is new cannot be mistaken.
    const std::uint64_t first_file = *last_file + 1;
    LogCopy copy(io, repair.new_folder, first_file, report->last_batch + 1);
    LogRecordCheck check(entry_check);
    const auto read = read_wal(io, repair.folder, false, [&](const WalRecord& record) {
        if (!check.fault_of(record)) copy.copy(record);
    });
    if (!read) return fail(read.error());
    const auto records = copy.finish();
    if (!records) return records;
    if (auto written = write_complete(io, repair.new_folder, first_file); !written)
        return fail(written.error());
    return records;
}

Done put_in_place(FileIo& io, const LogRepair& repair) {
    const auto first_new = read_complete(io, repair.new_folder);
    if (!first_new) return fail(first_new.error());
    if (auto created = io.create_folder(repair.aside_folder); !created) return created;
    if (auto moved = move_log_files(io, repair.folder, repair.aside_folder,
                                    [&](std::uint64_t number) { return number < *first_new; });
        !moved)
        return moved;
    if (auto moved = move_log_files(io, repair.new_folder, repair.folder,
                                    [](std::uint64_t) { return true; });
        !moved)
        return moved;
    if (auto removed = io.remove(repair.new_folder + complete_name); !removed) return removed;
    return io.sync_folder(repair.new_folder);
}

}  // namespace

bool log_repair_is_under_way(FileIo& io, const LogRepair& repair) {
    return io.open(repair.new_folder + complete_name, OpenMode::read).has_value();
}

Result<std::optional<std::uint64_t>, IoError> repair_log(FileIo& io, const LogRepair& repair,
                                                         const EntryCheck& entry_check) {
    std::optional<std::uint64_t> kept;
    if (!log_repair_is_under_way(io, repair)) {
        const auto written = write_new_log(io, repair, entry_check);
        if (!written) return fail(written.error());
        kept = *written;
    }
    if (auto done = put_in_place(io, repair); !done) return fail(done.error());
    return kept;
}

}  // namespace warren::storage
