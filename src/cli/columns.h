#pragma once
// The columns of listings: which there are, which were asked for, and how their values are shown.
// For .cpp files: includes Boost.JSON.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/invocation.h"

namespace warren::cli {

using ColumnNames = std::span<const std::string_view>;

// Columns stand behind the command, one a word or with commas between them; none are these
// otherwise. The error names those that do not exist.
Result<std::vector<std::string>, Failure> columns_of(const Invocation& call, ColumnNames known,
                                                     ColumnNames otherwise);
// In JSON RabbitMQ's tools show arguments as lists of name, type and value.
json::array typed_arguments(const json::object& arguments);

}  // namespace warren::cli
