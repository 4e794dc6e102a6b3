#pragma once
// What `log.*` keys and RABBITMQ_LOG(S) ask for, as plain values; app/logging builds the outputs
// from it.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"

namespace warren::logging {

enum class LevelFormat : std::uint8_t { lc, uc, lc3, uc3, lc4, uc4 };
enum class TimeFormat : std::uint8_t {
    rfc3339_space,
    rfc3339_T,
    epoch_usecs,
    epoch_secs,
    lager_default
};

struct LogFormatter {
    bool json = false;
    bool single_line = false;
    LevelFormat level_format = LevelFormat::lc;
    TimeFormat time_format = TimeFormat::rfc3339_space;
    std::string plaintext_format = "$time [$level] $pid $msg";
    // `name`, `name:new_name` or `name:-` (leave out), separated by spaces; the named fields come
    // first, in this order.
    std::string json_field_map =
        "time level msg gl:- logger_formatter:- report_cb:- error_logger:-";

    bool operator==(const LogFormatter&) const = default;
};

struct LogRotation {
    std::uint64_t size_bytes = 0;  // 0: not by size
    std::uint32_t count = 10;      // old files kept; 0: the file starts anew
    std::string date{};            // such as $D0; empty: not by date
    bool compress = false;

    bool operator==(const LogRotation&) const = default;
};

// A level that is not set follows: output -> `log.default.level`; category -> the level of each
// output.
using OptionalLevel = std::optional<log::Level>;

struct ConsoleLog {
    std::optional<bool> enabled;
    bool to_stderr = false;
    bool use_colors = true;  // only where the output is a terminal
    OptionalLevel level;
    LogFormatter formatter;

    bool operator==(const ConsoleLog&) const = default;
};

struct FileLog {
    std::optional<bool> enabled;
    std::string file;  // name inside the log directory, or a path; empty: <node name>.log
    OptionalLevel level;
    LogRotation rotation;
    LogFormatter formatter;

    bool operator==(const FileLog&) const = default;
};

struct CategoryLog {
    OptionalLevel level;
    std::string file;  // own file: the category then leaves the other outputs
    LogRotation rotation;

    bool operator==(const CategoryLog&) const = default;
};

// Who has changed what, in a file of its own.
struct AuditLogConfig {
    std::string file;  // as in FileLog; empty: nothing is told
    LogRotation rotation;

    bool operator==(const AuditLogConfig&) const = default;
};

struct LogConfig {
    std::string dir;  // empty: chosen by load_config() where a file is wanted
    ConsoleLog console{};
    FileLog file{};
    AuditLogConfig audit{};
    std::array<CategoryLog, log::category_count> categories{};  // by log::Category

    OptionalLevel default_level() const {
        return categories[static_cast<std::size_t>(log::Category::general)].level;
    }
    bool operator==(const LogConfig&) const = default;
};

// One level for all outputs and categories.
inline void set_level_of_all(LogConfig& config, log::Level lowest) {
    config.console.level.reset();
    config.file.level.reset();
    for (CategoryLog& category : config.categories)
        category.level = lowest;
}

// Where the log goes: paths, and "<stdout>" or "<stderr>".
std::vector<std::string> log_destinations(const LogConfig& config);

}  // namespace warren::logging
