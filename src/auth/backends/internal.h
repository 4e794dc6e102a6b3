#pragma once
// The node's own users and permissions (auth_backends = internal): questions to the shard's
// UserTable.
#include "auth/backends/backend.h"
#include "auth/users.h"

namespace warren::auth {

class InternalBackend final : public Backend {
public:
    // The table outlives the backend.
    explicit InternalBackend(const UserTable& users) : users_(users) {}

    Result<KnownUser, std::string> authenticate(const Credentials& credentials,
                                                const Peer& peer) const override;
    Result<KnownUser, std::string> recognize(std::string_view username) const override;
    bool allows_vhost(std::string_view username, std::string_view vhost) const override;
    bool allows(std::string_view username, const Resource& resource,
                Permission permission) const override;
    bool allows_topic(std::string_view username, const TopicUse& use,
                      Permission permission) const override;
    bool restricts_topics(std::string_view username, std::string_view vhost,
                          std::string_view exchange) const override;

private:
    const UserTable& users_;
};

}  // namespace warren::auth
