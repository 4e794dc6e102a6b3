#pragma once
#include <cstddef>
#include <string_view>

namespace warren::logging {

// Writes all of the text to the descriptor, however slow it is (also if it is a non-blocking
// terminal or pipe), and returns how many bytes it took: fewer only after an error, which is then
// in errno.
std::size_t write_all(int descriptor, std::string_view text);

}  // namespace warren::logging
