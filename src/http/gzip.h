#pragma once
// Answers for clients that take them compressed.
#include <optional>
#include <string>
#include <string_view>

namespace warren::http {

// Of the header accept-encoding: "gzip, deflate", "*;q=0.5", but not "gzip;q=0".
bool accepts_gzip(std::string_view accept_encoding);

// Nothing if it does not get smaller.
std::optional<std::string> gzipped(std::string_view text);

}  // namespace warren::http
