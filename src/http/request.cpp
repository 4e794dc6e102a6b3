#include "http/request.h"

#include <algorithm>

namespace warren::http {

namespace {

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool same_name(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, {}, lower, lower);
}

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const {
    for (const auto& [its_name, value] : headers)
        if (same_name(its_name, name)) return value;
    return std::nullopt;
}

}  // namespace warren::http
