#pragma once
// A node on another machine (or behind another container's wall), asked by TCP with the cookie:
// what auth/link says, from the side of the command line.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/config/erlang_cookie.h"
#include "cli/pipe.h"
#include "net/tls_settings.h"

namespace warren::cli {

struct LinkPlace {
    std::string node_name;
    std::vector<std::string> hosts;  // to be tried in this order
    std::uint16_t port = 0;
    config::CookiePlaces cookie;
    bool tls = false;
    net::TlsSettings tls_settings;
};

// The error says what was tried, and why it failed.
Result<std::unique_ptr<Pipe>, std::string> open_link(const LinkPlace& place, Patience patience);

}  // namespace warren::cli
