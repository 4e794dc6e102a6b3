#include "cli/columns.h"

#include <fmt/format.h>

#include <algorithm>

namespace warren::cli {

namespace {

std::string_view type_of(const json::value& value) {
    if (value.is_string()) return "longstr";
    if (value.is_bool()) return "bool";
    if (value.is_double()) return "double";
    if (value.is_array()) return "array";
    if (value.is_object()) return "table";
    return value.is_null() ? "void" : "long";
}

}  // namespace

Result<std::vector<std::string>, Failure> columns_of(const Invocation& call, ColumnNames known,
                                                     ColumnNames otherwise) {
    std::vector<std::string> columns;
    for (std::size_t n = 0; n < call.word_count(); ++n)
        for (std::string_view rest = call.word(n); !rest.empty();) {
            const std::size_t end = std::min(rest.find(','), rest.size());
            if (end != 0) columns.emplace_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    std::vector<std::string> unknown;
    for (const auto& column : columns)
        if (std::ranges::find(known, column) == known.end()) unknown.push_back(column);
    if (!unknown.empty())
        return fail(Failure{
            .code = exit_code::usage,
            .text = fmt::format("Info key(s) {} are not supported", fmt::join(unknown, ",")),
            .of_arguments = true});
    if (columns.empty()) columns.assign(otherwise.begin(), otherwise.end());
    return columns;
}

json::array typed_arguments(const json::object& arguments) {
    json::array list;
    for (const auto& argument : arguments)
        list.push_back(
            json::array{argument.key(), json::string(type_of(argument.value())), argument.value()});
    return list;
}

}  // namespace warren::cli
