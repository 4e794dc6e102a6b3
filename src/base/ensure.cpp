#include "base/ensure.h"

#include <cstdio>
#include <cstdlib>

#include "base/shard_bound.h"

namespace warren {

void ensure_failed(const char* expression, const char* file, int line) noexcept {
    std::fprintf(stderr, "warrenmq: internal fault on shard %u: ENSURE(%s) at %s:%d\n",
                 unsigned{this_shard().value}, expression, file, line);
    std::fflush(stderr);
    std::abort();
}

}  // namespace warren
