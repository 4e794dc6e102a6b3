// Keys of the group "Logging".
#include "app/config/assign.h"
#include "app/config/log_words.h"
#include "app/logging/line_pattern.h"
#include "app/logging/rotation_date.h"

namespace warren::config {

namespace {

using logging::CategoryLog;
using logging::ConsoleLog;
using logging::FileLog;
using logging::LogFormatter;
using logging::LogRotation;

constexpr Word<logging::LevelFormat> level_format_words[] = {
    {"lc", logging::LevelFormat::lc},   {"uc", logging::LevelFormat::uc},
    {"lc3", logging::LevelFormat::lc3}, {"uc3", logging::LevelFormat::uc3},
    {"lc4", logging::LevelFormat::lc4}, {"uc4", logging::LevelFormat::uc4}};
constexpr Word<logging::TimeFormat> time_format_words[] = {
    {"rfc3339_space", logging::TimeFormat::rfc3339_space},
    {"rfc3339_T", logging::TimeFormat::rfc3339_T},
    {"epoch_usecs", logging::TimeFormat::epoch_usecs},
    {"epoch_secs", logging::TimeFormat::epoch_secs},
    {"lager_default", logging::TimeFormat::lager_default}};

// log.console and log.file have the same formatter, each category and log.file the same rotation:
// the part is found by a function, and the keys are bound once.
template <typename Part>
using Find = std::function<Part&(Config&)>;

template <typename Part>
void bind_part(std::vector<Binding>& list, std::string pattern, const Find<Part>& part,
               std::function<void(Part&, const Application&)> apply) {
    list.push_back({std::move(pattern), [part, apply = std::move(apply)](const Application& a) {
                        apply(part(a.config), a);
                    }});
}

void bind_level(std::vector<Binding>& list, std::string pattern,
                const Find<logging::OptionalLevel>& level) {
    bind_part<logging::OptionalLevel>(list, std::move(pattern), level,
                                      [](logging::OptionalLevel& field, const Application& a) {
                                          field = parse_log_level(a.text());
                                          ENSURE(field.has_value());
                                      });
}

void bind_formatter(std::vector<Binding>& list, const std::string& prefix,
                    const Find<LogFormatter>& find) {
    const auto on = [&](const std::string& key,
                        std::function<void(LogFormatter&, const Application&)> apply) {
        bind_part<LogFormatter>(list, prefix + key, find, std::move(apply));
    };
    on("", [](LogFormatter& f, const Application& a) { f.json = a.text() == "json"; });
    on(".single_line",
       [](LogFormatter& f, const Application& a) { assign(f.single_line, a.value); });
    on(".level_format", [](LogFormatter& f, const Application& a) {
        f.level_format = meaning_of(level_format_words, a.value);
    });
    on(".time_format", [](LogFormatter& f, const Application& a) {
        f.time_format = meaning_of(time_format_words, a.value);
    });
    on(".plaintext.format",
       [](LogFormatter& f, const Application& a) { f.plaintext_format = a.text(); });
    on(".json.field_map", [](LogFormatter& f, const Application& a) {
        if (auto fault = logging::find_field_map_fault(a.text()))
            a.refuse(*fault);
        else
            f.json_field_map = a.text();
    });
}

void bind_rotation(std::vector<Binding>& list, const std::string& prefix,
                   const Find<LogRotation>& find) {
    const auto on = [&](const std::string& key,
                        std::function<void(LogRotation&, const Application&)> apply) {
        bind_part<LogRotation>(list, prefix + ".rotation." + key, find, std::move(apply));
    };
    on("size", [](LogRotation& r, const Application& a) { assign(r.size_bytes, a.value); });
    on("count", [](LogRotation& r, const Application& a) { assign(r.count, a.value); });
    on("compress", [](LogRotation& r, const Application& a) { assign(r.compress, a.value); });
    on("date", [](LogRotation& r, const Application& a) {
        if (!a.text().empty() && !logging::parse_rotation_date(a.text()))
            a.refuse(
                "expected a rotation time such as $D0 (daily at midnight), $D23, $W0, $W5D16, $M1, "
                "$M1D0 or $H30, "
                "found '" +
                log::escaped(a.text()) + "'");
        else
            r.date = a.text();
    });
}

void bind_console(std::vector<Binding>& list) {
    const Find<ConsoleLog> console = [](Config& config) -> ConsoleLog& {
        return config.log.console;
    };
    bind_part<ConsoleLog>(list, "log.console", console,
                          [](ConsoleLog& c, const Application& a) { assign(c.enabled, a.value); });
    bind_part<ConsoleLog>(
        list, "log.console.stdio", console,
        [](ConsoleLog& c, const Application& a) { c.to_stderr = a.text() == "stderr"; });
    bind_part<ConsoleLog>(
        list, "log.console.use_colors", console,
        [](ConsoleLog& c, const Application& a) { assign(c.use_colors, a.value); });
    bind_level(list, "log.console.level",
               [](Config& c) -> logging::OptionalLevel& { return c.log.console.level; });
    bind_formatter(list, "log.console.formatter",
                   [](Config& c) -> LogFormatter& { return c.log.console.formatter; });
}

void bind_file(std::vector<Binding>& list) {
    const Find<FileLog> file = [](Config& config) -> FileLog& { return config.log.file; };
    bind_part<FileLog>(list, "log.file", file, [](FileLog& f, const Application& a) {
        f.enabled = a.text() != "false";
        if (*f.enabled) f.file = a.text();
    });
    bind_level(list, "log.file.level",
               [](Config& c) -> logging::OptionalLevel& { return c.log.file.level; });
    bind_rotation(list, "log.file", [](Config& c) -> LogRotation& { return c.log.file.rotation; });
    bind_formatter(list, "log.file.formatter",
                   [](Config& c) -> LogFormatter& { return c.log.file.formatter; });
    list.push_back({"log.dir", [](const Application& a) { assign(a.config.log.dir, a.value); }});
}

void bind_audit(std::vector<Binding>& list) {
    const Find<logging::AuditLogConfig> audit = [](Config& config) -> logging::AuditLogConfig& {
        return config.log.audit;
    };
    bind_part<logging::AuditLogConfig>(
        list, "log.audit.file", audit,
        [](logging::AuditLogConfig& a, const Application& application) {
            a.file = application.text();
        });
    bind_rotation(list, "log.audit",
                  [](Config& c) -> LogRotation& { return c.log.audit.rotation; });
}

void bind_category(std::vector<Binding>& list, std::size_t index) {
    const std::string prefix =
        "log." + std::string(log::to_text(static_cast<log::Category>(index)));
    const auto find = [index](Config& config) -> CategoryLog& {
        return config.log.categories[index];
    };
    bind_level(list, prefix + ".level",
               [find](Config& c) -> logging::OptionalLevel& { return find(c).level; });
    if (static_cast<log::Category>(index) == log::Category::general) return;  // it goes to log.file
    bind_rotation(list, prefix, [find](Config& c) -> LogRotation& { return find(c).rotation; });
    bind_part<CategoryLog>(
        list, prefix + ".file", find,
        [](CategoryLog& category, const Application& a) { category.file = a.text(); });
}

}  // namespace

void add_logging_bindings(std::vector<Binding>& list) {
    bind_console(list);
    bind_file(list);
    bind_audit(list);
    for (std::size_t index = 0; index < log::category_count; ++index)
        if (static_cast<log::Category>(index) !=
            log::Category::shovel)  // no keys of its own in RabbitMQ
            bind_category(list, index);
}

}  // namespace warren::config
