#include "broker/queue/age_marks.h"

#include <algorithm>

#include "base/ensure.h"

namespace warren::broker {

void AgeMarks::add(std::uint64_t next, Instant now) {
    if (marks_.size() == marks_max) thin_out(now);
    marks_.push_back({next, now});
}

// The numbers of a mark that goes are the next one's.
void AgeMarks::thin_out(Instant now) {
    for (std::int64_t share = 6; marks_.size() == marks_max; --share) {
        std::size_t kept = 1;
        for (std::size_t place = 1; place + 1 < marks_.size(); ++place) {
            const Instant next = marks_[place + 1].at;
            const std::int64_t gap_ms = next.ms_since(marks_[kept - 1].at);
            if (gap_ms * share > now.ms_since(next)) marks_[kept++] = marks_[place];
        }
        marks_[kept++] = marks_.back();
        marks_.resize(kept);
    }
}

AgeMarks::Span AgeMarks::span_at(std::vector<Mark>::const_iterator mark) const {
    const std::uint64_t first = mark == marks_.begin() ? 0 : std::prev(mark)->end;
    return {first, mark->end, mark->at};
}

AgeMarks::Span AgeMarks::span_of(std::uint64_t number) const {
    ENSURE(number < end());
    return span_at(std::ranges::upper_bound(marks_, number, {}, &Mark::end));
}

AgeMarks::Span AgeMarks::last_span_before(Instant latest) const {
    const auto later = std::ranges::upper_bound(marks_, latest, {}, &Mark::at);
    return later == marks_.begin() ? Span{} : span_at(std::prev(later));
}

}  // namespace warren::broker
