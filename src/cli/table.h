#pragma once
// Rows as RabbitMQ's tools print them: table (tab-separated, the default), csv, json, pretty_table.
// For .cpp files: includes Boost.JSON.
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warren::cli {

namespace json = boost::json;

inline std::string_view view(const json::string& text) {
    return {text.data(), text.size()};
}

enum class Format : std::uint8_t { table, csv, json, json_stream, pretty_table };

// "table"; nothing if there is none of that name.
std::optional<Format> format_named(std::string_view name);
// For programs, which want no words around it.
bool is_for_programs(Format format);

struct Table {
    std::vector<std::string> columns;
    std::vector<json::object> rows;  // what a row lacks is shown as nothing
};

// Whole lines. A table without rows has no headers.
std::string to_text(const Table& table, Format format, bool with_headers);

// One value as in a table: texts as they are, but for what would break the line.
std::string cell_text(const json::value& value);

}  // namespace warren::cli
