#pragma once
// What a formatter's texts mean, worked out once: `plaintext.format` and `json.field_map`.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warren::logging {

// The fields that a line can show. `unknown` stands for names that only RabbitMQ's own processes
// have.
enum class Field : std::uint8_t { time, level, pid, message, domain, unknown };

// A piece of a line: a field, or literal text.
struct PatternPart {
    std::optional<Field> field;
    std::string text;  // the literal, or the field's name
};

// "$time [$level] $pid $msg": everything before $msg is repeated on each line of a message with
// line breaks.
struct LinePattern {
    std::vector<PatternPart> prefix;
    std::vector<PatternPart> line;  // from $msg on
};

LinePattern parse_line_pattern(std::string_view format);

// A JSON member, in order: which field under which name.
struct JsonField {
    Field field;
    std::string name;
};

// Fields named by the map first and in its order, under their new names; then all others, unless
// `*:-` leaves them out.
std::vector<JsonField> parse_field_map(std::string_view field_map);

// What is wrong with a field map, or nothing.
std::optional<std::string> find_field_map_fault(std::string_view field_map);

}  // namespace warren::logging
