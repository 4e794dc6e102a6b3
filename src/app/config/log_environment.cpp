#include "app/config/log_environment.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "app/config/log_words.h"

namespace warren::config {

namespace {

void set_formatters(logging::LogConfig& log, bool logging::LogFormatter::* which, bool on) {
    log.console.formatter.*which = on;
    log.file.formatter.*which = on;
}

// One part of RABBITMQ_LOG: `debug`, `connection=debug`, `+json`, `-single_line`, `+color`.
bool apply_log_word(std::string_view word, logging::LogConfig& log) {
    const bool on = word.starts_with('+');
    if (on || word.starts_with('-')) {
        word.remove_prefix(1);
        if (word == "color")
            log.console.use_colors = on;
        else if (word == "json")
            set_formatters(log, &logging::LogFormatter::json, on);
        else if (word == "single_line")
            set_formatters(log, &logging::LogFormatter::single_line, on);
        else
            return false;
        return true;
    }
    const std::size_t equals = word.find('=');
    const auto level =
        parse_log_level(equals == std::string_view::npos ? word : word.substr(equals + 1));
    const auto category = equals == std::string_view::npos
                              ? log::general
                              : parse_log_category(word.substr(0, equals));
    if (!level || !category) return false;
    log.categories[static_cast<std::size_t>(*category)].level = level;
    return true;
}

void apply_log_variable(std::string_view text, logging::LogConfig& log,
                        std::vector<ConfigError>& errors) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        const std::string_view word = text.substr(at, comma - at);
        at = comma + 1;
        if (!apply_log_word(word, log))
            errors.push_back({"environment", 0, "RABBITMQ_LOG",
                              "expected a level, category=level, +json, +single_line or +color (or "
                              "- for +), found '" +
                                  log::escaped(word) + "'"});
    }
}

// RABBITMQ_LOGS takes the place of `log.file`.
void apply_logs_variable(std::string_view text, logging::LogConfig& log) {
    if (text == "-" || text == "-stderr") {
        log.console.enabled = true;
        log.console.to_stderr = text == "-stderr";
        log.file.enabled = false;
    } else if (!text.empty()) {
        log.file.enabled = true;
        log.file.file = text;
    }
}

bool is_writable_directory(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::is_directory(path, ignored) && access(path.c_str(), W_OK | X_OK) == 0;
}

}  // namespace

void complete_logging(const Environment& environment, const std::string& default_log_dir,
                      Config& config, std::vector<ConfigError>& errors) {
    logging::LogConfig& log = config.log;
    apply_log_variable(value_of(environment, "RABBITMQ_LOG"), log, errors);
    apply_logs_variable(value_of(environment, "RABBITMQ_LOGS"), log);
    if (const auto base = value_of(environment, "RABBITMQ_LOG_BASE"); !base.empty()) log.dir = base;

    const bool console_wanted = log.console.enabled.value_or(false);
    if (!log.file.enabled) log.file.enabled = !console_wanted && !log.dir.empty();
    if (!log.console.enabled) log.console.enabled = !*log.file.enabled;
    if (log.file.file.empty()) log.file.file = config.node_name + ".log";
    if (log.dir.empty())
        log.dir =
            is_writable_directory(default_log_dir) ? default_log_dir : config.data_dir + "/log";
}

}  // namespace warren::config
