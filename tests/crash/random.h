#pragma once
// Random numbers that are the same everywhere for one seed (splitmix64).
#include <cstdint>

namespace crash {

inline std::uint64_t mixed(std::uint64_t state) {
    state = (state ^ (state >> 30)) * 0xBF58'476D'1CE4'E5B9;
    state = (state ^ (state >> 27)) * 0x94D0'49BB'1331'11EB;
    return state ^ (state >> 31);
}

inline std::uint64_t mixed(std::uint64_t first, std::uint64_t second) {
    return mixed(mixed(first + 0x9E37'79B9'7F4A'7C15) ^ second);
}

class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() { return mixed(state_ += 0x9E37'79B9'7F4A'7C15); }
    std::uint64_t below(std::uint64_t limit) { return next() % limit; }
    double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
    double between(double low, double high) { return low + (high - low) * unit(); }
    bool percent(unsigned percent) { return below(100) < percent; }

private:
    std::uint64_t state_;
};

}  // namespace crash
