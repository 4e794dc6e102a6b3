#pragma once
// The answer to a request, before it becomes bytes.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warren::http {

struct Response {
    unsigned status = 200;
    // Beside those that the connection adds itself: content-length, date, server.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

// "Not Found".
std::string_view reason_phrase(unsigned status);

}  // namespace warren::http
