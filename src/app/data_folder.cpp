#include "app/data_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <thread>

namespace warren::app {

namespace {

constexpr std::uint64_t format_version = 1;
// More than any node has, and few enough to say that a file is damaged.
constexpr std::size_t shards_max = 1024;

template <typename Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

Result<DataFolder, std::string> DataFolder::open(storage::FileIo& io, std::string path,
                                                 const DataFolderWishes& wishes) {
    DataFolder folder(io, std::move(path));
    if (auto locked = folder.take_lock(wishes.patience_ms); !locked)
        return fail(std::move(locked.error()));
    if (auto read = folder.read_format(wishes); !read) return fail(std::move(read.error()));
    return folder;
}

Result<DataFolder, std::string> DataFolder::open_as_found(storage::FileIo& io, std::string path) {
    DataFolder folder(io, std::move(path));
    // The lock is a file that is made if need be: not in a folder that is none of ours.
    if (!io.open(folder.format_path(), storage::OpenMode::read))
        return fail(
            fmt::format("{} is not a data folder: it has no file named format", folder.path_));
    if (auto locked = folder.take_lock(0); !locked) return fail(std::move(locked.error()));
    if (auto read = folder.read_format(); !read) return fail(std::move(read.error()));
    return folder;
}

Result<void, std::string> DataFolder::take_lock(std::int64_t patience_ms) {
    constexpr std::int64_t step_ms = 20;
    auto lock = io_->lock(path_ + "/lock");
    for (; !lock && lock.error().code == EWOULDBLOCK && patience_ms > 0; patience_ms -= step_ms) {
        std::this_thread::sleep_for(std::chrono::milliseconds(step_ms));
        lock = io_->lock(path_ + "/lock");
    }
    if (lock) {
        lock_ = std::move(*lock);
        return {};
    }
    if (lock.error().code != EWOULDBLOCK) return fail(lock.error().text());
    return fail(
        fmt::format("another server is running on the data folder {}: stop it, or give this one a "
                    "folder of its own with --data-dir",
                    path_));
}

Result<void, std::string> DataFolder::read_format(const DataFolderWishes& wishes) {
    if (auto read = read_format(); !read) return read;
    if (!is_new_) return judge(wishes);
    format_ = {format_version, wishes.shards != 0 ? wishes.shards : wishes.processors,
               wishes.node_name};
    return {};
}

Result<void, std::string> DataFolder::read_format() {
    const auto bytes = storage::read_file(*io_, format_path());
    if (!bytes && bytes.error().code != ENOENT) return fail(bytes.error().text());
    is_new_ = !bytes;
    if (is_new_) return {};
    auto format = parse(as_text(*bytes));
    if (!format) return fail(fmt::format("{}: {}", format_path(), format.error()));
    format_ = std::move(*format);
    return {};
}

// Lines of "key = value". A version that is not known may mean anything by its lines.
Result<DataFolder::Format, std::string> DataFolder::parse(std::string_view text) {
    Format format;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::size_t equals = line.find(" = ");
        const std::string_view key = line.substr(0, equals);
        const std::string_view value =
            equals == std::string_view::npos ? "" : line.substr(equals + 3);
        const bool understood =
            key == "format"   ? read_number(value, format.version) && format.version != 0
            : key == "shards" ? read_number(value, format.shards) && format.shards <= shards_max
                              : key == "node";
        if (key == "node") format.node = value;
        if (!understood) return fail(fmt::format("line {} cannot be understood", number));
        if (format.version > format_version)
            return fail(
                fmt::format("the data folder has format {}, made by a newer version; this one "
                            "knows format {}",
                            format.version, format_version));
    }
    if (format.version == 0 || format.shards == 0)
        return fail("the file has no format and no number of shards: it was cut or damaged");
    return format;
}

Result<void, std::string> DataFolder::judge(const DataFolderWishes& wishes) {
    if (wishes.shards != 0 && wishes.shards != format_.shards)
        return fail(fmt::format(
            "the data folder {0} was made with {1} shards and the configuration says shards = {2}: "
            "either set shards = {1} (or leave it out), or start with an empty data folder and "
            "bring the definitions along",
            path_, format_.shards, wishes.shards));
    if (wishes.shards == 0 && wishes.processors != format_.shards)
        notes_.push_back(
            fmt::format("the data folder was made with {} shards and keeps them, though this "
                        "machine has {} processors",
                        format_.shards, wishes.processors));
    if (wishes.node_name == format_.node) return {};
    notes_.push_back(fmt::format("the data folder belonged to node {} and now belongs to {}",
                                 format_.node, wishes.node_name));
    format_.node = wishes.node_name;
    return write_format();
}

Result<void, std::string> DataFolder::finish_new() {
    if (auto written = write_format(); !written) return written;
    is_new_ = false;
    return {};
}

Result<void, std::string> DataFolder::write_format() {
    const std::string text = fmt::format("format = {}\nshards = {}\nnode = {}\n", format_.version,
                                         format_.shards, format_.node);
    const std::string fresh = format_path() + ".new";
    const auto write = [&]() -> Result<void, storage::IoError> {
        auto file = io_->open(fresh, storage::OpenMode::create);
        if (!file) return fail(file.error());
        if (auto written = (*file)->write_at(0, as_bytes(text)); !written) return written;
        if (auto synced = (*file)->sync(); !synced) return synced;
        if (auto renamed = io_->rename(fresh, format_path()); !renamed) return renamed;
        return io_->sync_folder(path_);
    };
    if (auto written = write(); !written) return fail(written.error().text());
    return {};
}

}  // namespace warren::app
