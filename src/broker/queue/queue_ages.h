#pragma once
// For how long messages wait in a queue, and for how long deliveries stay unacknowledged: for
// operators, beyond RabbitMQ. A queue whose consumers keep up has nothing to count: what leaves in
// the turn it came in, or some milliseconds later, is of no age.
//
// Times are those of this process: what comes back from the disk after a restart begins anew.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "broker/queue/age_marks.h"

namespace warren::broker {

// Bounds of the classes of a histogram: the first is for ages below 10 ms, the last for a day and
// more.
inline constexpr std::array<std::int64_t, 9> age_bounds_ms = {
    10, 100, 1'000, 10'000, 60'000, 600'000, 3'600'000, 21'600'000, 86'400'000};

struct AgeHistogram {
    // Of each class but the first: that has all others.
    std::array<std::uint64_t, age_bounds_ms.size()> counts{};
    std::uint64_t total_ms = 0;

    friend bool operator==(const AgeHistogram&, const AgeHistogram&) = default;
};

struct AgeCounts {
    AgeHistogram waited;  // when they were handed out, first or again
    AgeHistogram held;    // when they were settled or came back

    bool empty() const { return *this == AgeCounts{}; }
    friend bool operator==(const AgeCounts&, const AgeCounts&) = default;
};
void add_to(AgeCounts& sum, const AgeCounts& more);

// One of the two.
class AgeClock {
public:
    // All below `next` are there now, those that matter among them; `any`: whether any does.
    void note(bool any, std::uint64_t next, Instant now) {
        if (!any) {
            if (marks_.end() != 0) marks_.clear();
            return;
        }
        marks_.note(next, now);
        if (now.ms_since(young_at_) >= age_bounds_ms.front()) look_for_young(now);
    }
    // Numbers from this one on, at least, are below the first bound: there is nothing to count.
    bool all_young_from(std::uint64_t number, Instant now) const {
        return number >= marks_.end() ||
               (number >= young_from_ && now.ms_since(young_at_) < age_bounds_ms.front());
    }
    // Those from here on are of no age, whatever the time is.
    std::uint64_t end() const { return marks_.end(); }
    // One of them is done with.
    void leave(std::uint64_t number, Instant now, AgeHistogram& histogram) {
        if (all_young_from(number, now)) return;
        if (number - run_.first >= run_.count || now != run_.now) look_up(number, now);
        if (run_.place == 0) return;
        ++histogram.counts[run_.place - 1];
        histogram.total_ms += run_.age_ms;
    }
    std::int64_t age_ms(std::uint64_t number, Instant now) const {
        return number < marks_.end() ? now.ms_since(marks_.span_of(number).at) : 0;
    }

private:
    // Neighbours leave together most often: what was found for the last one.
    struct Run {
        std::uint64_t first = 0;
        std::uint64_t count = 0;
        Instant now;
        std::size_t place = 0;  // among the classes; 0: the first
        std::uint64_t age_ms = 0;
    };
    void look_up(std::uint64_t number, Instant now);
    void look_for_young(Instant now);

    AgeMarks marks_;
    Run run_;
    // Numbers from here on were given out at young_at_ or later.
    std::uint64_t young_from_ = 0;
    Instant young_at_;
};

struct QueueAges {
    AgeClock waiting;  // by position
    AgeClock unacked;  // by delivery index
    AgeCounts counts;
};

}  // namespace warren::broker
