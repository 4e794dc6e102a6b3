#pragma once
// Values of settings: text in, checked and typed values out, by the type that the table of keys
// gives.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/config/config.h"
#include "app/config/key_table.h"
#include "base/result.h"

namespace warren::config {

// std::int64_t: integer, byte_size and memory_size in bytes, duration in ms. std::string: all text,
// and the word of one_of. Address: listeners; a port alone has no host. bool: boolean and on_off.
// The vector: comma_list.
using Value =
    std::variant<std::int64_t, double, bool, std::string, Address, std::vector<std::string>>;

// Tries the alternatives in order. The error says what was expected and what was found; a secret is
// never repeated.
Result<Value, std::string> parse_value(std::span<const ValueType> types, std::string_view text);

// "an integer from 0 to 65535", "one of lc, uc", "infinity or an integer"
std::string describe(std::span<const ValueType> types);

}  // namespace warren::config
