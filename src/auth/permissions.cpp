#include "auth/permissions.h"

#include <fmt/format.h>

#include "base/ensure.h"

namespace warren::auth {

std::string_view permission_word(Permission permission) {
    switch (permission) {
        case Permission::configure:
            return "configure";
        case Permission::write:
            return "write";
        case Permission::read:
            return "read";
    }
    ENSURE(!"known permission");
    return {};
}

std::string resource_refusal(std::string_view user, const Resource& resource,
                             Permission permission) {
    return fmt::format("{} access to {} '{}' in vhost '{}' refused for user '{}'",
                       permission_word(permission),
                       resource.kind == ResourceKind::queue ? "queue" : "exchange", resource.name,
                       resource.vhost, user);
}

std::string topic_refusal(std::string_view user, const TopicUse& use, Permission permission) {
    return fmt::format(
        "{} access to topic '{}' in exchange '{}' in vhost '{}' refused for user '{}'",
        permission_word(permission), use.routing_key, use.exchange, use.vhost, user);
}

std::string vhost_refusal(std::string_view user, std::string_view vhost) {
    return fmt::format("access to vhost '{}' refused for user '{}'", vhost, user);
}

}  // namespace warren::auth
