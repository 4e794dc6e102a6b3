#include "base/clock.h"

#include <time.h>

namespace warren {

namespace {

std::int64_t read_ms(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

Now read_clocks() {
    return {{read_ms(CLOCK_MONOTONIC)}, {read_ms(CLOCK_REALTIME)}};
}

}  // namespace warren
