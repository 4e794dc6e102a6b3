#pragma once
// How long ago a number was given out, for numbers that only rise: positions of messages, indices
// of deliveries. Costs nothing for a number: now and then a mark remembers how far they had come.
//
// There are never more than marks_max: then those go that stand closer to one another than a sixth
// of their age. So an age is right to step_ms and a sixth of itself, and never too high.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace warren::broker {

class AgeMarks {
public:
    static constexpr std::int64_t step_ms = 2;
    static constexpr std::size_t marks_max = 256;

    // Numbers that were given out at about the same time.
    struct Span {
        std::uint64_t first = 0;
        std::uint64_t end = 0;
        Instant at;
    };

    // The numbers below `next` have been given out by now; to be told in each turn that gives out
    // some.
    void note(std::uint64_t next, Instant now) {
        if (marks_.empty() ||
            (next > marks_.back().end && now.ms_since(marks_.back().at) >= step_ms))
            add(next, now);
        else if (next > marks_.back().end)
            marks_.back().end = next;
    }
    void clear() { marks_.clear(); }
    // Those from here on are of this turn, and of no age.
    std::uint64_t end() const { return marks_.empty() ? 0 : marks_.back().end; }
    // The last span that is so old, or older; ends at 0 if there is none.
    Span last_span_before(Instant latest) const;
    // The span of a number below end().
    Span span_of(std::uint64_t number) const;

private:
    struct Mark {
        std::uint64_t end;  // numbers from the mark before on, and below this
        Instant at;
    };
    void add(std::uint64_t next, Instant now);
    void thin_out(Instant now);
    Span span_at(std::vector<Mark>::const_iterator mark) const;

    std::vector<Mark> marks_;
};

}  // namespace warren::broker
