#pragma once
// The answer to a request, before it becomes bytes.
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warren::http {

// A body that is made while it is sent: each call appends a piece (some tens of kilobytes) and says
// whether there is more behind it. Called on the connection's shard, some time later too.
using BodySource = std::move_only_function<bool(std::string& piece)>;

struct Response {
    unsigned status = 200;
    // Beside those that the connection adds itself: content-length, date, server.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    BodySource source = nullptr;  // comes instead of `body`
};

// "Not Found".
std::string_view reason_phrase(unsigned status);

}  // namespace warren::http
