#include "cli/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace warren::cli {

namespace {

const json::value& cell(const json::object& row, const std::string& column) {
    static const json::value nothing = "";
    const json::value* value = row.if_contains(column);
    return value == nullptr || value->is_null() ? nothing : *value;
}

std::string escaped(std::string_view text) {
    std::string result;
    for (const char letter : text) {
        switch (letter) {
            case '\n':
                result += "\\n";
                break;
            case '\r':
                result += "\\r";
                break;
            case '\t':
                result += "\\t";
                break;
            default:
                result += letter;
        }
    }
    return result;
}

// As a part of a list: what has structure says so.
std::string inner_text(const json::value& value, std::string_view quote) {
    if (const json::string* text = value.if_string())
        return fmt::format("{}{}{}", quote, escaped(view(*text)), quote);
    return cell_text(value);
}

std::string list_text(const json::array& list) {
    std::string text = "[";
    for (const auto& value : list)
        text += (text.size() > 1 ? ", " : "") + inner_text(value, "");
    return text + "]";
}

// Arguments: [{"x-queue-type","classic"}].
std::string members_text(const json::object& members) {
    std::string text = "[";
    for (const auto& member : members)
        text += fmt::format("{}{{\"{}\",{}}}", text.size() > 1 ? "," : "",
                            std::string_view(member.key()), inner_text(member.value(), "\""));
    return text + "]";
}

std::string tabbed(const Table& table, bool with_headers) {
    std::string text;
    if (table.rows.empty()) return text;
    if (with_headers) text += fmt::format("{}\n", fmt::join(table.columns, "\t"));
    for (const auto& row : table.rows) {
        std::string line;
        for (const auto& column : table.columns)
            line += (&column == table.columns.data() ? "" : "\t") + cell_text(cell(row, column));
        text += line + "\n";
    }
    return text;
}

std::string csv_text(const json::value& value) {
    std::string quoted = "\"";
    for (const char letter : cell_text(value)) {
        if (letter == '"') quoted += '"';
        quoted += letter;
    }
    return quoted + "\"";
}

std::string csv(const Table& table, bool with_headers) {
    std::string text;
    const auto add_line = [&](auto&& text_of) {
        for (const auto& column : table.columns)
            text += (&column == table.columns.data() ? "" : ",") + text_of(column);
        text += "\n";
    };
    if (with_headers) add_line([](const std::string& column) { return "\"" + column + "\""; });
    for (const auto& row : table.rows)
        add_line([&](const std::string& column) { return csv_text(cell(row, column)); });
    return text;
}

json::object selected(const json::object& row, const std::vector<std::string>& columns) {
    json::object object;
    for (const auto& column : columns)
        object[column] = cell(row, column);
    return object;
}

std::string json_lines(const Table& table) {
    std::string text;
    for (const auto& row : table.rows)
        text += json::serialize(selected(row, table.columns)) + "\n";
    return text;
}

std::string json_list(const Table& table) {
    std::string text = "[\n";
    for (const auto& row : table.rows)
        text += (&row == table.rows.data() ? "" : ",") +
                json::serialize(selected(row, table.columns)) + "\n";
    return text + "]\n";
}

// Columns of a screen: letters, not bytes.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char letter) { return (static_cast<unsigned char>(letter) & 0xC0) != 0x80; }));
}

// Lines are drawn with the terminal's own set of line letters, as RabbitMQ draws them.
class PrettyTable {
public:
    PrettyTable(const Table& table, bool with_headers) : table_(table) {
        for (const auto& column : table.columns)
            widths_.push_back(with_headers ? width_of(column) : 0);
        for (const auto& row : table.rows)
            for (std::size_t n = 0; n < widths_.size(); ++n)
                widths_[n] = std::max(widths_[n], width_of(cell_text(cell(row, table.columns[n]))));
        add_rule('l', 'w', 'k');
        if (with_headers) add_row(table_.columns, true);
        for (const auto& row : table.rows) {
            if (with_headers || &row != table.rows.data()) add_rule('t', 'n', 'u');
            std::vector<std::string> cells;
            for (const auto& column : table.columns)
                cells.push_back(cell_text(cell(row, column)));
            add_row(cells, false);
        }
        add_rule('m', 'v', 'j');
    }

    std::string text() && { return std::move(text_); }

private:
    static std::string drawn(std::string_view letters) {
        return fmt::format("\x1b(0{}\x1b(B", letters);
    }

    void add_rule(char left, char middle, char right) {
        constexpr std::size_t margins = 2;
        std::string line(1, left);
        for (const std::size_t width : widths_) {
            if (line.size() > 1) line += middle;
            line.append(width + margins, 'q');
        }
        text_ += drawn(line + right) + "\n";
    }

    void add_row(const std::vector<std::string>& cells, bool bold) {
        for (std::size_t n = 0; n < cells.size(); ++n)
            text_ += fmt::format("{} {}{}{}{} ", drawn("x"), bold ? "\x1b[1m" : "", cells[n],
                                 bold ? "\x1b[0m" : "",
                                 std::string(widths_[n] - width_of(cells[n]), ' '));
        text_ += drawn("x") + "\n";
    }

    const Table& table_;
    std::vector<std::size_t> widths_;
    std::string text_;
};

constexpr std::array<std::pair<std::string_view, Format>, 5> formats{
    {{"table", Format::table},
     {"csv", Format::csv},
     {"json", Format::json},
     {"json_stream", Format::json_stream},
     {"pretty_table", Format::pretty_table}}};

}  // namespace

std::optional<Format> format_named(std::string_view name) {
    const auto* found =
        std::ranges::find(formats, name, [](const auto& pair) { return pair.first; });
    if (found == formats.end()) return std::nullopt;
    return found->second;
}

bool is_for_programs(Format format) {
    return format == Format::csv || format == Format::json || format == Format::json_stream;
}

std::string cell_text(const json::value& value) {
    if (const json::string* text = value.if_string()) return escaped(view(*text));
    if (const json::array* list = value.if_array()) return list_text(*list);
    if (const json::object* members = value.if_object()) return members_text(*members);
    if (value.is_null()) return "";
    return json::serialize(value);
}

std::string to_text(const Table& table, Format format, bool with_headers) {
    switch (format) {
        case Format::table:
            break;
        case Format::csv:
            return csv(table, with_headers);
        case Format::json:
            return json_list(table);
        case Format::json_stream:
            return json_lines(table);
        case Format::pretty_table:
            return table.rows.empty() ? "" : PrettyTable(table, with_headers).text();
    }
    return tabbed(table, with_headers);
}

}  // namespace warren::cli
