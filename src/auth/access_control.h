#pragma once
// Who may come in and what they may do: the list of backends from the configuration (auth_backends)
// put to work, with loopback-only users on top. One per shard, over that shard's UserTable.
//
// A session calls login() once with what its SASL mechanism has found, keeps the Identity, and asks
// allow_*() after that; channels put an AccessCache (access_cache.h) between.
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "auth/backends/backend.h"
#include "auth/permissions.h"
#include "auth/sasl/mechanism.h"
#include "base/result.h"

namespace warren::auth {

// An authenticated user. Lives as long as the connection; the backends outlive it.
struct Identity {
    std::string username;
    std::vector<std::string> tags;
    std::vector<const Backend*> authorizers;  // all of them must agree

    bool has_tag(std::string_view tag) const;
};

// One position of auth_backends: who checks the credentials, who decides about rights.
struct BackendPosition {
    const Backend* authentication = nullptr;
    std::vector<const Backend*> authorization;  // empty: the same backend
};

struct AccessSettings {
    std::vector<BackendPosition> backends;  // asked in turn until one knows the user
    std::set<std::string, std::less<>> loopback_users;
};

class AccessControl {
public:
    // `users` tells when decisions grow stale. Both it and the backends outlive this.
    AccessControl(const UserTable& users, AccessSettings settings)
        : users_(users), settings_(std::move(settings)) {}

    // The error is what the log says after "<mechanism> login refused: "; clients are not told
    // (login_refused_notice).
    Result<Identity, std::string> login(const Credentials& credentials, const Peer& peer) const;

    AccessDecision allow_vhost(const Identity& identity, std::string_view vhost) const;
    AccessDecision allow(const Identity& identity, const Resource& resource,
                         Permission permission) const;
    AccessDecision allow_topic(const Identity& identity, const TopicUse& use,
                               Permission permission) const;
    // False: every routing key of this exchange is free to this user until version() changes.
    bool restricts_topics(const Identity& identity, std::string_view vhost,
                          std::string_view exchange) const;

    // basic.properties user-id must name the publisher unless it has the impersonator tag. Sent as
    // 406 PRECONDITION_FAILED.
    static AccessDecision allow_user_id(const Identity& identity, std::string_view claimed);

    // Changes whenever a decision may have changed.
    std::uint64_t version() const { return users_.version(); }
    // For settings that a reload may change while connections are open.
    void set_loopback_users(std::set<std::string, std::less<>> users);

private:
    Result<Identity, std::string> login_at(const BackendPosition& position,
                                           const Credentials& credentials, const Peer& peer) const;

    const UserTable& users_;
    AccessSettings settings_;
};

// "Login was refused using authentication mechanism PLAIN. For details see the broker logfile.":
// all that clients with the capability authentication_failure_close are told, with 403.
std::string login_refused_notice(std::string_view mechanism);

}  // namespace warren::auth
