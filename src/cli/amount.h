#pragma once
// Bytes for people.
#include <string>
#include <string_view>

namespace warren::cli {

// In a unit of --unit (bytes, kb, mb, gb, tb), in gigabytes if it is none of them: "0.1200 gb".
std::string amount_text(std::string_view unit, double bytes);

}  // namespace warren::cli
