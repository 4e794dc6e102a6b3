#include "http/router.h"

#include <algorithm>

namespace warren::http {

namespace {

std::string_view take_word(std::string_view& pattern) {
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    const std::string_view word = pattern.substr(0, end);
    pattern.remove_prefix(std::min(end + 1, pattern.size()));
    return word;
}

// How many words of the pattern are fixed; nothing if the path is another one.
std::optional<std::size_t> match(std::string_view pattern, std::span<const std::string> path,
                                 std::vector<std::string>& parts) {
    std::size_t fixed = 0;
    for (const std::string& segment : path) {
        if (pattern.empty()) return std::nullopt;
        const std::string_view word = take_word(pattern);
        if (word.starts_with(':')) {
            if (segment.empty()) return std::nullopt;
            parts.push_back(segment);
        } else if (word == segment) {
            ++fixed;
        } else {
            return std::nullopt;
        }
    }
    if (!pattern.empty()) return std::nullopt;
    return fixed;
}

}  // namespace

std::optional<Match> find_resource(std::span<const Resource> table,
                                   std::span<const std::string> path) {
    std::optional<Match> best;
    std::size_t best_fixed = 0;
    for (const Resource& resource : table) {
        std::vector<std::string> parts;
        const auto fixed = match(resource.path, path, parts);
        if (!fixed || (best && *fixed <= best_fixed)) continue;
        best = Match{&resource, std::move(parts)};
        best_fixed = *fixed;
    }
    return best;
}

Handler handler_for(const Resource& resource, Method method) {
    switch (method) {
        case Method::get:
        case Method::head:
            return resource.handlers.get;
        case Method::put:
            return resource.handlers.put;
        case Method::post:
            return resource.handlers.post;
        case Method::del:
            return resource.handlers.del;
        case Method::options:
        case Method::other:
            break;
    }
    return nullptr;
}

std::string allowed_methods(const Resource& resource) {
    std::string text;
    if (resource.handlers.get != nullptr) text += "HEAD, GET, ";
    if (resource.handlers.put != nullptr) text += "PUT, ";
    if (resource.handlers.post != nullptr) text += "POST, ";
    if (resource.handlers.del != nullptr) text += "DELETE, ";
    return text + "OPTIONS";
}

}  // namespace warren::http
