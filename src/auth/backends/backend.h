#pragma once
// A source of truth about users: the node's own table, later LDAP, HTTP, OAuth 2. Backends belong
// to one shard and answer at once; one that must ask over the network answers from what it fetched
// while the user logged in.
#include <string>
#include <string_view>
#include <vector>

#include "auth/peer.h"
#include "auth/permissions.h"
#include "auth/sasl/mechanism.h"
#include "base/result.h"

namespace warren::auth {

// A user as one backend knows it. The name may differ from the one given (a certificate's, a
// token's).
struct KnownUser {
    std::string username;
    std::vector<std::string> tags;
};

class Backend {
public:
    virtual ~Backend() = default;

    // Checks credentials. The error is the log's text, such as "user 'u' - invalid credentials".
    virtual Result<KnownUser, std::string> authenticate(const Credentials& credentials,
                                                        const Peer& peer) const = 0;
    // Knows the user whom another backend has authenticated; gives the tags it has for it.
    virtual Result<KnownUser, std::string> recognize(std::string_view username) const = 0;

    virtual bool allows_vhost(std::string_view username, std::string_view vhost) const = 0;
    // The default exchange comes as amq.default.
    virtual bool allows(std::string_view username, const Resource& resource,
                        Permission permission) const = 0;
    virtual bool allows_topic(std::string_view username, const TopicUse& use,
                              Permission permission) const = 0;
    // False: allows_topic is true for every routing key of this exchange.
    virtual bool restricts_topics(std::string_view username, std::string_view vhost,
                                  std::string_view exchange) const = 0;
};

}  // namespace warren::auth
