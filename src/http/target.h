#pragma once
// The target of a request, "/api/queues/%2F/a%20b?page=1&name=x", taken apart and decoded. Names of
// queues may hold every character, a slash too, so the path is cut before it is decoded.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warren::http {

struct Target {
    std::vector<std::string> path;  // without empty segments at the end
    std::vector<std::pair<std::string, std::string>> query;

    // The first of that name; without a '=' the value is empty.
    const std::string* find(std::string_view name) const;
};

// Nothing if a '%' is not followed by two hexadecimal digits, or the target is no path.
std::optional<Target> parse_target(std::string_view text);

// Everything but letters, digits and -._~ as %XX.
std::string percent_encoded(std::string_view text);

}  // namespace warren::http
