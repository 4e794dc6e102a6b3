#pragma once
// How many have tried to log in, and how it went.
#include <cstdint>

#include "session/session_traffic.h"

namespace warren::http {

struct AuthAttempts {
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;

    std::uint64_t all() const { return succeeded + failed; }
};

// Logins over HTTP are counted here; those over AMQP by the sessions, which do not begin anew.
class AuthCounts {
public:
    AuthAttempts& http() { return http_; }
    AuthAttempts amqp(const session::SessionTraffic& traffic) const {
        return {traffic.logins_succeeded - forgotten_.succeeded,
                traffic.logins_failed - forgotten_.failed};
    }
    void reset(const session::SessionTraffic& traffic) {
        http_ = {};
        forgotten_ = {traffic.logins_succeeded, traffic.logins_failed};
    }

private:
    AuthAttempts http_;
    AuthAttempts forgotten_;  // over AMQP, before the last reset
};

}  // namespace warren::http
