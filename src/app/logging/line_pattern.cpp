#include "app/logging/line_pattern.h"

#include <algorithm>
#include <array>

#include "base/log.h"

namespace warren::logging {

namespace {

struct NamedField {
    std::string_view name;
    Field field;
};
constexpr std::array<NamedField, 5> known_fields{{{"time", Field::time},
                                                  {"level", Field::level},
                                                  {"msg", Field::message},
                                                  {"pid", Field::pid},
                                                  {"domain", Field::domain}}};

Field field_named(std::string_view name) {
    const auto* found = std::ranges::find(known_fields, name, &NamedField::name);
    return found == known_fields.end() ? Field::unknown : found->field;
}

bool is_name_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t at = text.find_first_not_of(' '); at != std::string_view::npos;) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        words.push_back(text.substr(at, end - at));
        at = text.find_first_not_of(' ', end);
    }
    return words;
}

}  // namespace

LinePattern parse_line_pattern(std::string_view format) {
    std::vector<PatternPart> parts;
    for (std::size_t at = 0; at < format.size();) {
        std::size_t end = at + 1;
        const bool is_field =
            format[at] == '$' && end < format.size() && is_name_letter(format[end]);
        if (is_field) {
            while (end < format.size() && is_name_letter(format[end]))
                ++end;
            const std::string_view name = format.substr(at + 1, end - at - 1);
            parts.push_back({field_named(name), std::string(name)});
        } else {
            end = std::min(format.find('$', end), format.size());
            parts.push_back({std::nullopt, std::string(format.substr(at, end - at))});
        }
        at = end;
    }
    // Without $msg all is part of the line and nothing of the prefix, as in RabbitMQ.
    auto message = std::ranges::find(parts, std::optional(Field::message), &PatternPart::field);
    if (message == parts.end()) message = parts.begin();
    return {{parts.begin(), message}, {message, parts.end()}};
}

std::vector<JsonField> parse_field_map(std::string_view field_map) {
    std::vector<JsonField> fields;
    std::vector<Field> settled;
    bool keep_others = true;
    for (const std::string_view word : words_of(field_map)) {
        const std::size_t colon = std::min(word.find(':'), word.size());
        const std::string_view name = word.substr(0, colon);
        const std::string_view new_name = colon == word.size() ? name : word.substr(colon + 1);
        if (name == "*") {
            keep_others = new_name != "-";
            continue;
        }
        const Field field = field_named(name);
        if (field == Field::unknown) continue;
        settled.push_back(field);
        if (new_name != "-") fields.push_back({field, std::string(new_name)});
    }
    for (const NamedField& known : known_fields)
        if (keep_others && std::ranges::find(settled, known.field) == settled.end())
            fields.push_back({known.field, std::string(known.name)});
    return fields;
}

std::optional<std::string> find_field_map_fault(std::string_view field_map) {
    for (const std::string_view word : words_of(field_map))
        if (word.starts_with(':') || word.ends_with(':'))
            return "expected fields as 'name', 'name:new_name' or 'name:-', found '" +
                   log::escaped(word) + "'";
    return std::nullopt;
}

}  // namespace warren::logging
