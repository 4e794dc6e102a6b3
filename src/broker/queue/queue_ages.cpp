#include "broker/queue/queue_ages.h"

namespace warren::broker {

void add_to(AgeCounts& sum, const AgeCounts& more) {
    for (auto AgeCounts::* const side : {&AgeCounts::waited, &AgeCounts::held}) {
        for (std::size_t place = 0; place < age_bounds_ms.size(); ++place)
            (sum.*side).counts[place] += (more.*side).counts[place];
        (sum.*side).total_ms += (more.*side).total_ms;
    }
}

void AgeClock::look_up(std::uint64_t number, Instant now) {
    const AgeMarks::Span span = marks_.span_of(number);
    const std::int64_t age_ms = std::max<std::int64_t>(0, now.ms_since(span.at));
    const auto above = std::ranges::upper_bound(age_bounds_ms, age_ms);
    run_ = {.first = span.first,
            .count = span.end - span.first,
            .now = now,
            .place = static_cast<std::size_t>(above - age_bounds_ms.begin()),
            .age_ms = static_cast<std::uint64_t>(age_ms)};
}

// Counting from the youngest span that is of age, or will be soonest.
void AgeClock::look_for_young(Instant now) {
    const Instant of_age = now.plus_ms(-age_bounds_ms.front());
    const AgeMarks::Span old = marks_.last_span_before(of_age);
    young_from_ = old.end;
    young_at_ = marks_.end() == old.end ? now : marks_.span_of(old.end).at;
}

}  // namespace warren::broker
