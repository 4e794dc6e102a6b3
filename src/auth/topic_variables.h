#pragma once
// Topic permission patterns may contain {username}, {vhost} and {client_id}, which stand for
// exactly the user's own values: what they are replaced with is escaped, so a user named ".*" gains
// nothing.
#include <optional>
#include <string>
#include <string_view>

namespace warren::auth {

// Absent variables stay in the pattern as they are.
struct TopicVariables {
    std::optional<std::string_view> username = {};
    std::optional<std::string_view> vhost = {};
    std::optional<std::string_view> client_id = {};
};

std::string fill_in(std::string_view pattern, const TopicVariables& variables);

// Whether the pattern depends on the client: it cannot be compiled once for all of them.
bool mentions_client_id(std::string_view pattern);

}  // namespace warren::auth
