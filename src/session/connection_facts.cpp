#include "session/connection_facts.h"

#include <fmt/format.h>

namespace warren::session {

std::string Endpoints::name() const {
    return fmt::format("{}:{} -> {}:{}", peer_host, peer_port, host, port);
}

std::string ConnectionFacts::client_name() const {
    const auto* value = client_properties.find("connection_name");
    return value != nullptr && value->as_text() != nullptr ? *value->as_text() : std::string();
}

}  // namespace warren::session
