#pragma once
// The mechanisms there are, which of them this node offers to a peer, and how one is begun.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/sasl/mechanism.h"
#include "base/result.h"

namespace warren::auth {

struct SaslSettings {
    // auth_mechanisms, in the order to offer them. RabbitMQ 4 adds ANONYMOUS by default; here it
    // must be asked for.
    std::vector<std::string> mechanisms = {"PLAIN", "AMQPLAIN"};
    // anonymous_login_user and anonymous_login_pass; ANONYMOUS is not offered without a user.
    std::optional<Credentials> anonymous;
};

// Names that auth_mechanisms may list.
bool is_known_mechanism(std::string_view name);

class SaslRegistry {
public:
    explicit SaslRegistry(SaslSettings settings) : settings_(std::move(settings)) {}

    // Space-separated, for connection.start. EXTERNAL is for TLS peers only.
    std::string offered(const Peer& peer) const;

    // The error is the text of a 503 COMMAND_INVALID: no such mechanism, or not offered to this
    // peer.
    Result<std::unique_ptr<Mechanism>, std::string> begin(std::string_view name,
                                                          const Peer& peer) const;

private:
    bool offers(std::string_view name, const Peer& peer) const;

    SaslSettings settings_;
};

}  // namespace warren::auth
