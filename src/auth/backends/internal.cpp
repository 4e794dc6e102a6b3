#include "auth/backends/internal.h"

#include <fmt/format.h>

#include "auth/topic_variables.h"

namespace warren::auth {

namespace {

std::string invalid_credentials(std::string_view username) {
    return fmt::format("user '{}' - invalid credentials", username);
}

// Compared against when there is no such user, so that the answer takes as long as for a wrong
// password: names of users must not be found out by a clock.
const PasswordHash& nobodys_password() {
    static const PasswordHash hash{HashingAlgorithm::sha256, std::string(salt_bytes + 32, '\0')};
    return hash;
}

const TopicPermissions* topic_permissions(const UserTable& users, std::string_view username,
                                          std::string_view vhost, std::string_view exchange) {
    const VhostAccess* access = users.access(username, vhost);
    if (access == nullptr) return nullptr;
    const auto found = access->topics.find(exchange);
    return found == access->topics.end() ? nullptr : &found->second;
}

}  // namespace

Result<KnownUser, std::string> InternalBackend::authenticate(const Credentials& credentials,
                                                             const Peer&) const {
    if (!credentials.password) return recognize(credentials.username);
    if (credentials.password->empty())
        return fail(
            fmt::format("user '{}' attempted to log in with a blank password, which is "
                        "prohibited by the internal authN backend",
                        credentials.username));
    const User* user = users_.find(credentials.username);
    const bool matches = password_matches(user == nullptr ? nobodys_password() : user->password,
                                          *credentials.password);
    if (user == nullptr || !matches) return fail(invalid_credentials(credentials.username));
    return KnownUser{credentials.username, user->tags};
}

Result<KnownUser, std::string> InternalBackend::recognize(std::string_view username) const {
    const User* user = users_.find(username);
    if (user == nullptr) return fail(invalid_credentials(username));
    return KnownUser{std::string(username), user->tags};
}

bool InternalBackend::allows_vhost(std::string_view username, std::string_view vhost) const {
    const VhostAccess* access = users_.access(username, vhost);
    return access != nullptr && access->permissions.has_value();
}

bool InternalBackend::allows(std::string_view username, const Resource& resource,
                             Permission permission) const {
    const VhostAccess* access = users_.access(username, resource.vhost);
    return access != nullptr && access->permissions &&
           access->permissions->of(permission).matches(resource.name);
}

bool InternalBackend::allows_topic(std::string_view username, const TopicUse& use,
                                   Permission permission) const {
    const TopicPermissions* topics = topic_permissions(users_, username, use.vhost, use.exchange);
    if (topics == nullptr) return true;
    const LazyPattern& pattern = permission == Permission::read ? topics->read : topics->write;
    if (use.client_id.empty() || !mentions_client_id(pattern.text()))
        return pattern.matches(use.routing_key);
    return LazyPattern(fill_in(pattern.text(), {.client_id = use.client_id}))
        .matches(use.routing_key);
}

bool InternalBackend::restricts_topics(std::string_view username, std::string_view vhost,
                                       std::string_view exchange) const {
    return topic_permissions(users_, username, vhost, exchange) != nullptr;
}

}  // namespace warren::auth
