#pragma once
// How many have tried to log in over HTTP, and how it went.
#include <cstdint>

namespace warren::http {

struct AuthAttempts {
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
};

}  // namespace warren::http
