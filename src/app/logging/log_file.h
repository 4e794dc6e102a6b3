#pragma once
// One log file: appends lines, rotates by size and by date, opens anew after an operator's
// logrotate. Lives on the writer thread of the logger.
//
// Rotation renames file -> file.0 -> file.1 ... as RabbitMQ does (with .gz behind the number if
// compressed) and removes what is older than `count`. A file that was moved or deleted by somebody
// else is noticed within a second.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "app/logging/log_config.h"
#include "app/logging/rotation_date.h"
#include "base/result.h"

namespace warren::logging {

class LogFile {
public:
    LogFile(std::string path, const LogRotation& rotation);
    ~LogFile();
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;

    // Opens or creates the file and its directories; the error is a sentence. To be called first,
    // and again to reopen: if that fails, lines go on to the file that was open.
    Result<void, std::string> open(std::int64_t now_s);

    // Buffered until flush(). `now_s` is the record's time: it decides about rotation by date.
    void append(std::string_view lines, std::int64_t now_s);

    // Writes what is buffered. If the disk refuses, the lines are lost and counted; standard error
    // is told once.
    void flush(std::int64_t now_s);

    const std::string& path() const { return path_; }
    std::uint64_t bytes_lost() const { return bytes_lost_; }

private:
    bool is_due(std::size_t more_bytes, std::int64_t now_s) const;
    void rotate(std::int64_t now_s);
    void shift_old_files() const;
    void write_buffer();
    void notice_moved_file(std::int64_t now_s);
    std::string old_path(std::uint32_t number) const;
    void plan_next_date(std::int64_t now_s);

    std::string path_;
    LogRotation rotation_;
    std::optional<RotationDate> date_;
    int file_ = -1;
    std::uint64_t size_bytes_ = 0;  // of the file, without the buffer
    std::string buffer_;
    std::int64_t next_date_s_ = INT64_MAX;
    std::int64_t last_check_s_ = 0;
    std::uint64_t bytes_lost_ = 0;
    std::jthread compressor_;  // of the file rotated last
};

}  // namespace warren::logging
