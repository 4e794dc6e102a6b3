#include "app/logging/line_format.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace warren::logging {

namespace {

constexpr std::size_t level_count = 8;
using LevelNames = std::array<std::string_view, level_count>;

constexpr LevelNames names_full{"debug", "info",     "notice", "warning",
                                "error", "critical", "alert",  "emergency"};
constexpr LevelNames names_3{"dbg", "inf", "ntc", "wrn", "err", "crt", "alt", "emg"};
constexpr LevelNames names_4{"dbug", "info", "noti", "warn", "erro", "crit", "alrt", "emgc"};

// RabbitMQ's colours for terminals.
constexpr LevelNames colors{"\033[38;5;246m",          "",
                            "\033[38;5;87m",           "\033[38;5;214m",
                            "\033[38;5;160m",          "\033[1;37m\033[48;5;20m",
                            "\033[1;37m\033[48;5;93m", "\033[1;37m\033[48;5;196m"};
constexpr std::string_view color_end = "\033[0m";

const LevelNames& names_of(LevelFormat format) {
    switch (format) {
        case LevelFormat::lc:
        case LevelFormat::uc:
            return names_full;
        case LevelFormat::lc3:
        case LevelFormat::uc3:
            return names_3;
        case LevelFormat::lc4:
        case LevelFormat::uc4:
            return names_4;
    }
    return names_full;
}

bool is_upper_case(LevelFormat format) {
    return format == LevelFormat::uc || format == LevelFormat::uc3 || format == LevelFormat::uc4;
}

void append_level(log::Level level, LevelFormat format, std::string& output) {
    const std::string_view name = names_of(format)[static_cast<std::size_t>(level)];
    for (const char c : name)
        output += is_upper_case(format) ? static_cast<char>(c - 'a' + 'A') : c;
}

void append_json_text(std::string_view text, std::string& output) {
    output += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\')
            (output += '\\') += c;
        else if (c == '\n')
            output += "\\n";
        else if (static_cast<unsigned char>(c) < 0x20)
            fmt::format_to(std::back_inserter(output), "\\u{:04x}", static_cast<unsigned char>(c));
        else
            output += c;
    }
    output += '"';
}

// RabbitMQ's `single_line`: a comma stands for each line break.
std::string on_one_line(std::string_view message) {
    std::string joined;
    for (const char c : message) {
        if (c == '\n')
            joined += ", ";
        else
            joined += c;
    }
    return joined;
}

template <typename Visit>
void for_each_line(std::string_view message, Visit&& visit) {
    for (std::size_t at = 0; at <= message.size();) {
        const std::size_t end = std::min(message.find('\n', at), message.size());
        visit(message.substr(at, end - at));
        at = end + 1;
    }
}

}  // namespace

LineFormat::LineFormat(const LogFormatter& formatter, bool use_colors)
    : formatter_(formatter),
      pattern_(parse_line_pattern(formatter.plaintext_format)),
      json_fields_(parse_field_map(formatter.json_field_map)),
      use_colors_(use_colors) {}

void LineFormat::append(const log::Record& record, std::string& output) {
    if (!formatter_.single_line) {
        formatter_.json ? append_json(record, output) : append_text(record, output);
        return;
    }
    const std::string joined = on_one_line(record.message);
    log::Record single = record;
    single.message = joined;
    formatter_.json ? append_json(single, output) : append_text(single, output);
}

void LineFormat::append_text(const log::Record& record, std::string& output) {
    const std::string_view color =
        use_colors_ ? colors[static_cast<std::size_t>(record.level)] : "";
    for_each_line(record.message, [&](std::string_view line) {
        output += color;
        for (const PatternPart& part : pattern_.prefix)
            append_part(part, record, line, output);
        for (const PatternPart& part : pattern_.line)
            append_part(part, record, line, output);
        if (!color.empty()) output += color_end;
        output += '\n';
    });
}

void LineFormat::append_json(const log::Record& record, std::string& output) {
    char separator = '{';
    for (const JsonField& field : json_fields_) {
        output += separator;
        separator = ',';
        append_json_text(field.name, output);
        output += ':';
        if (field.field == Field::message) {
            append_json_text(record.message, output);
        } else {
            // The other fields are words of ours: nothing in them needs escaping.
            output += '"';
            append_field(field.field, record, record.message, output);
            output += '"';
        }
    }
    output += separator == '{' ? "{}\n" : "}\n";
}

void LineFormat::append_part(const PatternPart& part, const log::Record& record,
                             std::string_view line, std::string& output) {
    if (!part.field)
        output += part.text;
    else if (*part.field == Field::unknown)
        fmt::format_to(std::back_inserter(output), "<unknown {}>", part.text);
    else
        append_field(*part.field, record, line, output);
}

void LineFormat::append_field(Field field, const log::Record& record, std::string_view line,
                              std::string& output) {
    const log::Origin& origin = record.origin;
    switch (field) {
        case Field::time:
            append_time(record.wall_time_us, output);
            break;
        case Field::level:
            append_level(record.level, formatter_.level_format, output);
            break;
        case Field::pid:
            fmt::format_to(std::back_inserter(output), "<{}.{}.{}>", origin.shard.value,
                           origin.connection, origin.channel);
            break;
        case Field::message:
            output += line;
            break;
        case Field::domain:
            output += "rabbitmq";
            if (record.category != log::general) (output += '.') += log::to_text(record.category);
            break;
        case Field::unknown:
            break;
    }
}

void LineFormat::append_time(std::int64_t wall_time_us, std::string& output) {
    const std::int64_t second = wall_time_us / 1'000'000;
    const std::int64_t microsecond = wall_time_us % 1'000'000;
    const TimeFormat format = formatter_.time_format;
    if (format == TimeFormat::epoch_usecs || format == TimeFormat::epoch_secs) {
        if (format == TimeFormat::epoch_usecs)
            fmt::format_to(std::back_inserter(output), "{}", wall_time_us);
        else
            fmt::format_to(std::back_inserter(output), "{}.{:06}", second, microsecond);
        return;
    }
    if (second != cached_second_) {
        const time_t moment = second;
        tm local{};
        localtime_r(&moment, &local);
        const long offset_minutes = local.tm_gmtoff / 60;
        cached_date_ = fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}", local.tm_year + 1900,
                                   local.tm_mon + 1, local.tm_mday,
                                   format == TimeFormat::rfc3339_T ? 'T' : ' ', local.tm_hour,
                                   local.tm_min, local.tm_sec);
        cached_offset_ = fmt::format("{}{:02}:{:02}", offset_minutes < 0 ? '-' : '+',
                                     std::abs(offset_minutes) / 60, std::abs(offset_minutes) % 60);
        cached_second_ = second;
    }
    output += cached_date_;
    if (format == TimeFormat::lager_default)
        fmt::format_to(std::back_inserter(output), ".{:03}", microsecond / 1000);
    else
        fmt::format_to(std::back_inserter(output), ".{:06}{}", microsecond, cached_offset_);
}

}  // namespace warren::logging
