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

// In agreement: the two are apart by the same number of milliseconds at every reading of a thread,
// until somebody sets the wall clock or it has drifted away by one. So a time of one clock that was
// computed from the other does not depend on where in a millisecond they were read. The wall time
// is never ahead of the system's, and less than 2.1 ms behind.
Now read_clocks();

// A wait of so many milliseconds must be this much longer to be no shorter: the clock is cut to
// milliseconds when the wait begins, and its lead over the other one when the end of the wait goes
// to disk and comes back to another process.
inline constexpr std::int64_t clock_margin_ms = 2;

// By how many whole milliseconds the wall clock is ahead of the other one. Stays as it is as long
// as that is right to a millisecond and a little, never more than the truth.
class ClockLead {
public:
    explicit ClockLead(std::int64_t lead_ns) { follow(lead_ns); }

    std::int64_t ms() const { return ms_; }
    bool agrees_with(std::int64_t lead_ns) const;
    void follow(std::int64_t lead_ns);

private:
    // Two readings are never at the same time.
    static constexpr std::int64_t jitter_ns = 50'000;

    std::int64_t ms_ = 0;
};

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
