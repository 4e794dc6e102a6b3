#include "app/config/node_name.h"

#include <netdb.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/log.h"

namespace warren::config {

namespace {

bool is_name_text(std::string_view text, std::string_view more_letters) {
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || more_letters.find(c) != std::string_view::npos;
    });
}

}  // namespace

Result<std::string, std::string> make_node_name(std::string_view wanted, bool use_long_name,
                                                std::string_view host_name) {
    const std::size_t at = wanted.find('@');
    const std::string_view name = wanted.empty() ? "rabbit" : wanted.substr(0, at);
    std::string_view host = at == std::string_view::npos ? host_name : wanted.substr(at + 1);
    if (!use_long_name && at == std::string_view::npos) host = host.substr(0, host.find('.'));
    if (!is_name_text(name, "") || !is_name_text(host, "."))
        return fail("expected a node name such as rabbit or rabbit@host, found '" +
                    log::escaped(wanted) + "'");
    return std::string(name) + "@" + std::string(host);
}

std::string own_host_name(bool with_domain) {
    std::array<char, 256> buffer{};
    if (gethostname(buffer.data(), buffer.size() - 1) != 0 || buffer[0] == '\0') return "localhost";
    std::string name(buffer.data());
    if (!with_domain || name.find('.') != std::string::npos) return name;
    addrinfo hints{};
    hints.ai_flags = AI_CANONNAME;
    addrinfo* found = nullptr;
    if (getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return name;
    if (found->ai_canonname != nullptr) name = found->ai_canonname;
    freeaddrinfo(found);
    return name;
}

}  // namespace warren::config
