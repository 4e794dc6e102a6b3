#include "app/owner_backend.h"

namespace warren::app {

Result<auth::KnownUser, std::string> OwnerBackend::authenticate(
    const auth::Credentials& credentials, const auth::Peer&) const {
    return recognize(credentials.username);
}

Result<auth::KnownUser, std::string> OwnerBackend::recognize(std::string_view name) const {
    if (name != username) return fail("not the node's owner");
    return auth::KnownUser{std::string(username), {"administrator"}};
}

}  // namespace warren::app
