#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <limits>
#include <utility>

#include "base/disk_meter.h"
#include "storage/file_io.h"

namespace warren::storage {

namespace {

// Messages are nobody else's business; the group is for backups.
constexpr mode_t file_mode = 0640;
constexpr mode_t folder_mode = 0750;

std::unexpected<IoError> failed(std::string operation, std::string path, int code = errno) {
    return fail(IoError{std::move(operation), std::move(path), code});
}

// Calls until no signal gets in the way. Not for fdatasync and fsync: whether they may be repeated
// is for nobody to guess.
template <typename Call>
auto uninterrupted(Call call) {
    for (;;) {
        const auto result = call();
        if (result >= 0 || errno != EINTR) return result;
    }
}

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        // What close() reports belongs to writes that nobody has synced: nothing was promised.
        if (number_ >= 0) ::close(number_);
    }

    int number() const { return number_; }

private:
    int number_;
};

Result<Descriptor, IoError> open_descriptor(const std::string& path, int flags) {
    const int number =
        uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, file_mode); });
    if (number < 0) return failed("open", path);
    return Descriptor(number);
}

class PosixFile final : public File {
public:
    PosixFile(Descriptor descriptor, std::string path)
        : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

    Result<std::size_t, IoError> read_at(std::uint64_t offset, std::span<std::byte> into) override {
        const DiskTimer timer(DiskWork::read, into.size());
        std::size_t done = 0;
        while (done < into.size()) {
            const ssize_t count = uninterrupted([&] {
                return ::pread(number(), into.data() + done, into.size() - done,
                               static_cast<off_t>(offset + done));
            });
            if (count < 0) return failed("read", path_);
            if (count == 0) break;
            done += static_cast<std::size_t>(count);
        }
        return done;
    }

    Result<void, IoError> write_at(std::uint64_t offset, ByteView bytes) override {
        const DiskTimer timer(DiskWork::write, bytes.size());
        std::size_t done = 0;
        while (done < bytes.size()) {
            const ssize_t count = uninterrupted([&] {
                return ::pwrite(number(), bytes.data() + done, bytes.size() - done,
                                static_cast<off_t>(offset + done));
            });
            if (count < 0) return failed("write", path_);
            if (count == 0) return failed("write", path_, EIO);  // or this would never end
            done += static_cast<std::size_t>(count);
        }
        return {};
    }

    Result<void, IoError> sync() override {
        const DiskTimer timer(DiskWork::sync, 0);
        if (::fdatasync(number()) != 0) return failed("fdatasync", path_);
        return {};
    }

    Result<std::uint64_t, IoError> size() override {
        struct stat status{};
        if (::fstat(number(), &status) != 0) return failed("stat", path_);
        return static_cast<std::uint64_t>(status.st_size);
    }

    Result<void, IoError> truncate(std::uint64_t bytes) override {
        if (uninterrupted([&] { return ::ftruncate(number(), static_cast<off_t>(bytes)); }) != 0)
            return failed("truncate", path_);
        return {};
    }

    // Not posix_fallocate: where the file system cannot, glibc writes zeros instead, block by
    // block, over what others may be writing.
    Result<void, IoError> reserve(std::uint64_t bytes) override {
        if (bytes == 0) return {};
        if (uninterrupted([&] { return ::fallocate(number(), 0, 0, static_cast<off_t>(bytes)); }) ==
            0)
            return {};
        if (errno != EOPNOTSUPP && errno != ENOSYS) return failed("reserve", path_);
        const auto now = size();
        if (!now) return fail(now.error());
        if (*now >= bytes) return {};
        return truncate(bytes);
    }

    void will_need(std::uint64_t offset, std::uint64_t bytes) override {
        ::posix_fadvise(number(), static_cast<off_t>(offset), static_cast<off_t>(bytes),
                        POSIX_FADV_WILLNEED);
    }

private:
    int number() const { return descriptor_.number(); }

    Descriptor descriptor_;
    std::string path_;
};

// The kernel drops the lock with the descriptor, also when the process is killed. The file stays:
// removing it would let two processes lock two files of one name.
class PosixFolderLock final : public FolderLock {
public:
    explicit PosixFolderLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

private:
    Descriptor descriptor_;
};

std::string parent_of(const std::string& path) {
    const std::size_t last = path.find_last_not_of('/');
    if (last == std::string::npos) return path.empty() ? "." : "/";
    const std::size_t slash = path.find_last_of('/', last);
    if (slash == std::string::npos) return ".";
    const std::size_t end = path.find_last_not_of('/', slash);
    return end == std::string::npos ? "/" : path.substr(0, end + 1);
}

bool is_folder(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

int flags_of(OpenMode mode) {
    switch (mode) {
        case OpenMode::read:
            return O_RDONLY;
        case OpenMode::update:
            return O_RDWR;
        case OpenMode::create:
            return O_RDWR | O_CREAT | O_TRUNC;
    }
    std::unreachable();
}

class PosixFileIo final : public FileIo {
public:
    Result<std::unique_ptr<File>, IoError> open(const std::string& path, OpenMode mode) override {
        auto descriptor = open_descriptor(path, flags_of(mode));
        if (!descriptor) return fail(std::move(descriptor.error()));
        return std::make_unique<PosixFile>(std::move(*descriptor), path);
    }

    Result<void, IoError> remove(const std::string& path) override {
        if (::unlink(path.c_str()) != 0) return failed("remove", path);
        return {};
    }

    Result<void, IoError> rename(const std::string& from, const std::string& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) return failed("rename", from + " to " + to);
        return {};
    }

    Result<std::vector<FileEntry>, IoError> list(const std::string& folder) override;
    Result<void, IoError> create_folder(const std::string& path) override;

    Result<void, IoError> sync_folder(const std::string& path) override {
        const auto descriptor = open_descriptor(path, O_RDONLY | O_DIRECTORY);
        if (!descriptor) return fail(descriptor.error());
        if (::fsync(descriptor->number()) != 0) return failed("fsync", path);
        return {};
    }

    Result<std::uint64_t, IoError> free_bytes(const std::string& path) override {
        struct statvfs status{};
        if (uninterrupted([&] { return ::statvfs(path.c_str(), &status); }) != 0)
            return failed("look at the space of", path);
        return std::uint64_t{status.f_bavail} * status.f_frsize;
    }

    Result<std::unique_ptr<FolderLock>, IoError> lock(const std::string& path) override {
        auto descriptor = open_descriptor(path, O_RDWR | O_CREAT);
        if (!descriptor) return fail(std::move(descriptor.error()));
        if (uninterrupted([&] { return ::flock(descriptor->number(), LOCK_EX | LOCK_NB); }) != 0)
            return failed("lock", path);
        return std::make_unique<PosixFolderLock>(std::move(*descriptor));
    }
};

Result<std::vector<FileEntry>, IoError> PosixFileIo::list(const std::string& folder) {
    const std::unique_ptr<DIR, int (*)(DIR*)> names(::opendir(folder.c_str()), ::closedir);
    if (!names) return failed("list", folder);
    std::vector<FileEntry> entries;
    for (;;) {
        errno = 0;
        const dirent* const found = ::readdir(names.get());
        if (found == nullptr) break;
        std::string name = found->d_name;
        if (name == "." || name == "..") continue;
        struct stat status{};
        if (::fstatat(::dirfd(names.get()), name.c_str(), &status, 0) != 0) {
            if (errno == ENOENT) continue;  // has just been removed
            return failed("stat", std::string(folder).append("/").append(name));
        }
        entries.push_back({.name = std::move(name),
                           .bytes = static_cast<std::uint64_t>(status.st_size),
                           .directory = S_ISDIR(status.st_mode)});
    }
    if (errno != 0) return failed("list", folder);
    std::ranges::sort(entries, {}, &FileEntry::name);
    return entries;
}

Result<void, IoError> PosixFileIo::create_folder(const std::string& path) {
    const std::string parent = parent_of(path);
    if (!is_folder(path)) {
        if (parent != path)
            if (auto made = create_folder(parent); !made) return made;
        if (::mkdir(path.c_str(), folder_mode) != 0 && !(errno == EEXIST && is_folder(path)))
            return failed("create folder", path);
    }
    // Also when it was there: whoever made it may have died before this step.
    auto synced = sync_folder(parent);
    if (!synced && synced.error().code == EACCES) return {};  // made by somebody else
    return synced;
}

}  // namespace

FileIo& system_files() {
    static PosixFileIo files;
    return files;
}

Result<std::vector<std::byte>, IoError> read_file(FileIo& io, const std::string& path) {
    const auto file = io.open(path, OpenMode::read);
    if (!file) return fail(file.error());
    const auto bytes = (*file)->size();
    if (!bytes) return fail(bytes.error());
    std::vector<std::byte> contents(*bytes);
    const auto count = (*file)->read_at(0, contents);
    if (!count) return fail(count.error());
    contents.resize(*count);
    return contents;
}

}  // namespace warren::storage
