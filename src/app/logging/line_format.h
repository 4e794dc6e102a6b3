#pragma once
// Log records as lines: RabbitMQ's plain text and JSON.
//
//     2026-11-21 04:41:00.123456+00:00 [info] <0.123.0> accepting AMQP connection 127.0.0.1:40000
//     -> 127.0.0.1:5672
//     {"time":"2026-11-21
//     04:41:00.123456+00:00","level":"info","msg":"...","pid":"<0.123.0>","domain":"rabbitmq.connection"}
//
// $pid is <shard.connection.channel> here. Lives on the writer thread; keeps the last second's text
// to save conversions.
#include <string>
#include <string_view>

#include "app/logging/line_pattern.h"
#include "app/logging/log_config.h"
#include "base/log.h"

namespace warren::logging {

class LineFormat {
public:
    LineFormat(const LogFormatter& formatter, bool use_colors);

    // Appends the record with a line break at its end. A message with line breaks gives one line
    // for each of its lines.
    void append(const log::Record& record, std::string& output);

private:
    void append_text(const log::Record& record, std::string& output);
    void append_json(const log::Record& record, std::string& output);
    void append_part(const PatternPart& part, const log::Record& record, std::string_view line,
                     std::string& output);
    void append_field(Field field, const log::Record& record, std::string_view line,
                      std::string& output);
    void append_time(std::int64_t wall_time_us, std::string& output);

    LogFormatter formatter_;
    LinePattern pattern_;
    std::vector<JsonField> json_fields_;
    bool use_colors_;
    std::int64_t cached_second_ = -1;
    std::string cached_date_;    // "2026-11-21 04:41:00" of that second
    std::string cached_offset_;  // "+00:00"
};

}  // namespace warren::logging
