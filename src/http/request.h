#pragma once
// One HTTP request as the connection hands it on: complete, with its target taken apart, and owned
// by whoever answers it.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/target.h"

namespace warren::http {

enum class Method : std::uint8_t { get, head, post, put, del, options, other };

struct Request {
    Method method = Method::get;
    Target target;
    // Names as they came.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    // Who has sent it: "127.0.0.1:40470"; empty: it came by a local socket.
    std::string client_address;
    std::string client_host;  // of it: "127.0.0.1"
    // The body was longer than is allowed, and is not here.
    bool body_too_large = false;

    // Whatever the case of the name; the first of several.
    std::optional<std::string_view> header(std::string_view name) const;
};

}  // namespace warren::http
