#pragma once
// Time is handed in, never asked for: everything below net/ takes an Instant and runs under a
// simulated clock in tests.
#include <compare>
#include <cstdint>

namespace warren {

// A point on the monotonic clock, in milliseconds since an arbitrary start. Coarse: read once a
// turn.
struct Instant {
    std::int64_t ms{};

    friend constexpr auto operator<=>(Instant, Instant) = default;
    constexpr Instant plus_ms(std::int64_t amount) const { return {ms + amount}; }
    constexpr std::int64_t ms_since(Instant earlier) const { return ms - earlier.ms; }
    static constexpr Instant never() { return {INT64_MAX}; }
};

// Wall-clock time in milliseconds since 1970: only for what users see (x-death time, logs,
// timestamps).
struct WallTime {
    std::int64_t ms{};
};

// Both clocks as read at the start of a turn.
struct Now {
    Instant instant;
    WallTime wall;
};

Now read_clocks();

// The clocks of one turn: the same answer until the next turn starts.
class TurnClock {
public:
    virtual Now now() = 0;
    // Both clocks as they are, where a turn may be too long ago.
    virtual Now fresh_now() { return now(); }

protected:
    ~TurnClock() = default;
};

}  // namespace warren
