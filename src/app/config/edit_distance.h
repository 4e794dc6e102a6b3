#pragma once
// How many letters must be typed differently to get from one word to another: for "did you mean" in
// error messages.
#include <cstddef>
#include <string_view>

namespace warren::config {

// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
std::size_t edit_distance(std::string_view from, std::string_view to);

}  // namespace warren::config
