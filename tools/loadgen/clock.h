#pragma once
// Monotonic time in nanoseconds. Read once a turn, never once a message.
#include <cstdint>
#include <ctime>

namespace loadgen {

using Nanos = std::uint64_t;
constexpr Nanos nanos_per_second = 1'000'000'000;
constexpr Nanos nanos_never = ~Nanos{0};

inline Nanos monotonic_now() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<Nanos>(now.tv_sec) * nanos_per_second + static_cast<Nanos>(now.tv_nsec);
}

inline double to_seconds(Nanos nanos) {
    return static_cast<double>(nanos) / 1e9;
}

inline Nanos to_nanos(double seconds) {
    return static_cast<Nanos>(seconds * 1e9);
}

}  // namespace loadgen
