#pragma once
// The way from the top of a JSON document to a value, and the line at which that value stands.
// Boost.JSON keeps no positions; they are found again in the text, which only an error makes
// necessary.
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace warren::http {

// Keys of objects and indexes of arrays.
using JsonPath = std::vector<std::variant<std::string, std::size_t>>;

// "queues[17].arguments.x-message-ttl"
std::string to_text(const JsonPath& path);

// The line, from 1, of the value at `path`, or of the innermost value on the way that exists: what
// is missing is missing there. The text must be sound JSON.
std::size_t line_of(std::string_view text, const JsonPath& path);

// The line of a byte offset.
std::size_t line_at(std::string_view text, std::size_t offset);

}  // namespace warren::http
