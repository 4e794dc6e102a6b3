#include "auth/access_control.h"

#include <fmt/format.h>

#include <algorithm>

namespace warren::auth {

bool Identity::has_tag(std::string_view tag) const {
    return std::ranges::find(tags, tag) != tags.end();
}

Result<Identity, std::string> AccessControl::login(const Credentials& credentials,
                                                   const Peer& peer) const {
    // The last backend's reason is reported, as RabbitMQ does.
    std::string refusal = fmt::format("No modules checked '{}'", credentials.username);
    for (const auto& position : settings_.backends) {
        auto identity = login_at(position, credentials, peer);
        if (!identity) {
            refusal = std::move(identity.error());
            continue;
        }
        if (!peer.is_loopback && settings_.loopback_users.contains(identity->username))
            return fail(
                fmt::format("user '{}' can only connect via localhost", identity->username));
        return identity;
    }
    return fail(std::move(refusal));
}

Result<Identity, std::string> AccessControl::login_at(const BackendPosition& position,
                                                      const Credentials& credentials,
                                                      const Peer& peer) const {
    auto user = position.authentication->authenticate(credentials, peer);
    if (!user) return fail(std::move(user.error()));
    Identity identity{std::move(user->username), std::move(user->tags), {}};
    if (position.authorization.empty()) {
        identity.authorizers = {position.authentication};
        return identity;
    }
    for (const Backend* authorizer : position.authorization) {
        auto recognized = authorizer->recognize(identity.username);
        if (!recognized) return fail(std::move(recognized.error()));
        std::ranges::move(recognized->tags, std::back_inserter(identity.tags));
        identity.authorizers.push_back(authorizer);
    }
    return identity;
}

AccessDecision AccessControl::allow_vhost(const Identity& identity, std::string_view vhost) const {
    const bool allowed = std::ranges::all_of(identity.authorizers, [&](const Backend* backend) {
        return backend->allows_vhost(identity.username, vhost);
    });
    if (!allowed) return fail(vhost_refusal(identity.username, vhost));
    return {};
}

AccessDecision AccessControl::allow(const Identity& identity, const Resource& resource,
                                    Permission permission) const {
    Resource asked = resource;
    if (asked.kind == ResourceKind::exchange && asked.name.empty()) asked.name = "amq.default";
    const bool allowed = std::ranges::all_of(identity.authorizers, [&](const Backend* backend) {
        return backend->allows(identity.username, asked, permission);
    });
    if (!allowed) return fail(resource_refusal(identity.username, asked, permission));
    return {};
}

AccessDecision AccessControl::allow_topic(const Identity& identity, const TopicUse& use,
                                          Permission permission) const {
    const bool allowed = std::ranges::all_of(identity.authorizers, [&](const Backend* backend) {
        return backend->allows_topic(identity.username, use, permission);
    });
    if (!allowed) return fail(topic_refusal(identity.username, use, permission));
    return {};
}

bool AccessControl::restricts_topics(const Identity& identity, std::string_view vhost,
                                     std::string_view exchange) const {
    return std::ranges::any_of(identity.authorizers, [&](const Backend* backend) {
        return backend->restricts_topics(identity.username, vhost, exchange);
    });
}

AccessDecision AccessControl::allow_user_id(const Identity& identity, std::string_view claimed) {
    if (claimed == identity.username || identity.has_tag("impersonator")) return {};
    return fail(fmt::format("user_id property set to '{}' but authenticated user was '{}'", claimed,
                            identity.username));
}

void AccessControl::set_loopback_users(std::set<std::string, std::less<>> users) {
    settings_.loopback_users = std::move(users);
}

std::string login_refused_notice(std::string_view mechanism) {
    return fmt::format(
        "Login was refused using authentication mechanism {}. For details see the broker logfile.",
        mechanism);
}

}  // namespace warren::auth
