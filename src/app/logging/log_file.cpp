#include "app/logging/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "app/logging/gzip_file.h"
#include "app/logging/write_all.h"

namespace warren::logging {

namespace {

constexpr std::size_t buffer_bytes_high = 64u << 10;

bool is_same_file(const struct stat& left, const struct stat& right) {
    return left.st_ino == right.st_ino && left.st_dev == right.st_dev;
}

}  // namespace

LogFile::LogFile(std::string path, const LogRotation& rotation)
    : path_(std::move(path)), rotation_(rotation), date_(parse_rotation_date(rotation.date)) {}

LogFile::~LogFile() {
    write_buffer();
    if (file_ >= 0) close(file_);
}

Result<void, std::string> LogFile::open(std::int64_t now_s) {
    std::error_code ignored;  // open() below says what is wrong
    std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), ignored);
    const int file = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (file < 0) return fail("cannot open the log file '" + path_ + "': " + std::strerror(errno));
    write_buffer();
    if (file_ >= 0) close(file_);
    file_ = file;
    struct stat status{};
    fstat(file_, &status);
    size_bytes_ = static_cast<std::uint64_t>(status.st_size);
    last_check_s_ = now_s;
    plan_next_date(now_s);
    return {};
}

void LogFile::append(std::string_view lines, std::int64_t now_s) {
    if (is_due(lines.size(), now_s)) rotate(now_s);
    buffer_ += lines;
    if (buffer_.size() >= buffer_bytes_high) write_buffer();
}

void LogFile::flush(std::int64_t now_s) {
    if (now_s != last_check_s_) notice_moved_file(now_s);
    write_buffer();
}

bool LogFile::is_due(std::size_t more_bytes, std::int64_t now_s) const {
    if (now_s >= next_date_s_) return true;
    const std::uint64_t used = size_bytes_ + buffer_.size();
    return rotation_.size_bytes > 0 && used > 0 && used + more_bytes > rotation_.size_bytes;
}

void LogFile::rotate(std::int64_t now_s) {
    write_buffer();
    if (compressor_.joinable()) compressor_.join();
    if (rotation_.count == 0) {
        unlink(path_.c_str());
    } else {
        shift_old_files();
        const std::string newest = path_ + ".0";
        if (std::rename(path_.c_str(), newest.c_str()) == 0 && rotation_.compress)
            compressor_ = std::jthread([newest] { gzip_file(newest); });
    }
    if (!open(now_s)) plan_next_date(now_s);  // goes on with the file at hand
}

void LogFile::shift_old_files() const {
    for (const char* suffix : {"", ".gz"}) {
        unlink((old_path(rotation_.count - 1) + suffix).c_str());
        for (std::uint32_t number = rotation_.count - 1; number > 0; --number)
            std::rename((old_path(number - 1) + suffix).c_str(),
                        (old_path(number) + suffix).c_str());
    }
}

void LogFile::write_buffer() {
    if (buffer_.empty() || file_ < 0) return;
    const std::size_t written = write_all(file_, buffer_);
    size_bytes_ += written;
    if (written < buffer_.size()) {
        if (bytes_lost_ == 0)
            std::fprintf(stderr, "warrenmq: cannot write to the log file %s: %s\n", path_.c_str(),
                         std::strerror(errno));
        bytes_lost_ += buffer_.size() - written;
    }
    buffer_.clear();
}

void LogFile::notice_moved_file(std::int64_t now_s) {
    last_check_s_ = now_s;
    struct stat ours{}, theirs{};
    const bool is_there = stat(path_.c_str(), &theirs) == 0;
    if (is_there && fstat(file_, &ours) == 0 && is_same_file(ours, theirs)) return;
    // What is buffered belongs to the new file: the operator moved the old one away.
    std::string kept = std::exchange(buffer_, {});
    const auto opened = open(now_s);
    if (!opened) std::fprintf(stderr, "warrenmq: %s\n", opened.error().c_str());
    buffer_ = std::move(kept);
}

std::string LogFile::old_path(std::uint32_t number) const {
    return path_ + "." + std::to_string(number);
}

void LogFile::plan_next_date(std::int64_t now_s) {
    next_date_s_ = date_ ? next_rotation_s(*date_, now_s) : INT64_MAX;
}

}  // namespace warren::logging
