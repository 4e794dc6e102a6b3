#pragma once
// Is a text a Perl-compatible regular expression?
#include <optional>
#include <string>
#include <string_view>

namespace warren::config {

// What is wrong with the pattern and where, or nothing.
std::optional<std::string> find_pattern_fault(std::string_view pattern);

}  // namespace warren::config
