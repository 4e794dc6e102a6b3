#pragma once
// How many have tried to log in, and how it went.
#include <string_view>

#include "auth/login_sources.h"
#include "session/session_traffic.h"

namespace warren::http {

// Logins over HTTP are counted here; those over AMQP by the sessions, which do not begin anew.
class AuthCounts {
public:
    void count_http(std::string_view remote_address, std::string_view username,
                    auth::LoginOutcome outcome) {
        ++(outcome == auth::LoginOutcome::succeeded ? http_.succeeded : http_.failed);
        http_sources_.count(remote_address, username, "http", outcome);
    }
    const auth::LoginCounts& http() const { return http_; }
    auth::LoginCounts amqp(const session::SessionTraffic& traffic) const {
        return {traffic.logins_succeeded - forgotten_.succeeded,
                traffic.logins_failed - forgotten_.failed};
    }
    void reset(const session::SessionTraffic& traffic) {
        http_ = {};
        forgotten_ = {traffic.logins_succeeded, traffic.logins_failed};
    }
    // Those over AMQP are with the shards: ask http::ShardReports for all.
    auth::LoginSources& http_sources() { return http_sources_; }

private:
    auth::LoginCounts http_;
    auth::LoginCounts forgotten_;  // over AMQP, before the last reset
    auth::LoginSources http_sources_;
};

}  // namespace warren::http
