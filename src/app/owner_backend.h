#pragma once
// Who comes by the node's control socket under the name of the command lines: the system has made
// sure that it is the node's own user or root, who could do everything with the node's files, too.
// Only for what is reached by that socket.
#include "auth/backends/backend.h"

namespace warren::app {

class OwnerBackend final : public auth::Backend {
public:
    // No such user can log in elsewhere, unless somebody makes one.
    static constexpr std::string_view username = "rmq-cli";

    Result<auth::KnownUser, std::string> authenticate(const auth::Credentials& credentials,
                                                      const auth::Peer& peer) const override;
    Result<auth::KnownUser, std::string> recognize(std::string_view name) const override;
    bool allows_vhost(std::string_view, std::string_view) const override { return true; }
    bool allows(std::string_view, const auth::Resource&, auth::Permission) const override {
        return true;
    }
    bool allows_topic(std::string_view, const auth::TopicUse&, auth::Permission) const override {
        return true;
    }
    bool restricts_topics(std::string_view, std::string_view, std::string_view) const override {
        return false;
    }
};

}  // namespace warren::app
