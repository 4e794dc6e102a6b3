#include "app/logging/outputs.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "app/logging/line_format.h"
#include "app/logging/log_file.h"
#include "app/logging/write_all.h"

namespace warren::logging {

namespace {

std::int64_t wall_time_s() {
    return static_cast<std::int64_t>(time(nullptr));
}

class ConsoleOutput final : public Output {
public:
    ConsoleOutput(const ConsoleLog& console, const Thresholds& thresholds)
        : Output(thresholds),
          descriptor_(console.to_stderr ? STDERR_FILENO : STDOUT_FILENO),
          format_(console.formatter, console.use_colors && isatty(descriptor_) == 1) {}

    void append(const log::Record& record) override { format_.append(record, buffer_); }
    void flush() override {
        write_all(descriptor_, buffer_);  // a console that is closed loses its lines
        buffer_.clear();
    }
    void reopen() override {}

private:
    int descriptor_;
    LineFormat format_;
    std::string buffer_;
};

class FileOutput final : public Output {
public:
    FileOutput(std::string path, const LogRotation& rotation, const LogFormatter& formatter,
               const Thresholds& thresholds)
        : Output(thresholds), file_(std::move(path), rotation), format_(formatter, false) {}

    Result<void, std::string> open() { return file_.open(wall_time_s()); }
    void append(const log::Record& record) override {
        lines_.clear();
        format_.append(record, lines_);
        file_.append(lines_, record.wall_time_us / 1'000'000);
    }
    void flush() override { file_.flush(wall_time_s()); }
    void reopen() override {
        if (auto opened = open(); !opened) {
            const std::string line = "warrenmq: " + opened.error() + "\n";
            write_all(STDERR_FILENO, line);
        }
    }

private:
    LogFile file_;
    LineFormat format_;
    std::string lines_;
};

Thresholds nothing() {
    Thresholds thresholds;
    thresholds.fill(log::Level::none);
    return thresholds;
}

std::string path_in(const std::string& dir, const std::string& file) {
    return (std::filesystem::path(dir) / file).lexically_normal().string();
}

log::Level level_of_own_file(const LogConfig& config, const CategoryLog& category) {
    return category.level.value_or(config.default_level().value_or(log::Level::info));
}

}  // namespace

std::vector<std::string> log_destinations(const LogConfig& config) {
    std::vector<std::string> list;
    const auto add = [&](std::string place) {
        if (std::ranges::find(list, place) == list.end()) list.push_back(std::move(place));
    };
    if (config.file.enabled.value_or(false)) add(path_in(config.dir, config.file.file));
    for (const CategoryLog& category : config.categories)
        if (!category.file.empty()) add(path_in(config.dir, category.file));
    if (config.console.enabled.value_or(false))
        add(config.console.to_stderr ? "<stderr>" : "<stdout>");
    return list;
}

Thresholds thresholds_of(const LogConfig& config, const OptionalLevel& output_level) {
    const log::Level level =
        output_level.value_or(config.default_level().value_or(log::Level::info));
    Thresholds thresholds;
    for (std::size_t index = 0; index < thresholds.size(); ++index) {
        const CategoryLog& category = config.categories[index];
        const bool is_general = static_cast<log::Category>(index) == log::Category::general;
        thresholds[index] = is_general ? level : category.level.value_or(level);
        if (!category.file.empty()) thresholds[index] = log::Level::none;
    }
    return thresholds;
}

Result<Outputs, std::string> make_outputs(const LogConfig& config) {
    Outputs outputs;
    if (config.console.enabled.value_or(false))
        outputs.push_back(std::make_unique<ConsoleOutput>(
            config.console, thresholds_of(config, config.console.level)));

    std::map<std::string, std::unique_ptr<FileOutput>>
        files;  // several categories may share a file
    const auto file_at = [&](const std::string& name, const LogRotation& rotation,
                             const Thresholds& thresholds) {
        std::string path = path_in(config.dir, name);
        auto& file = files[path];
        if (!file)
            file = std::make_unique<FileOutput>(std::move(path), rotation, config.file.formatter,
                                                thresholds);
        return file.get();
    };
    if (config.file.enabled.value_or(false))
        file_at(config.file.file, config.file.rotation, thresholds_of(config, config.file.level));
    for (std::size_t index = 0; index < config.categories.size(); ++index) {
        const CategoryLog& category = config.categories[index];
        if (category.file.empty()) continue;
        file_at(category.file, category.rotation, nothing())
            ->set_threshold(static_cast<log::Category>(index), level_of_own_file(config, category));
    }
    for (auto& [path, file] : files) {
        if (auto opened = file->open(); !opened) return fail(opened.error());
        outputs.push_back(std::move(file));
    }
    return outputs;
}

}  // namespace warren::logging
