#include <algorithm>

#include "storage/check/shard_inspection.h"

namespace warren::storage {

void Ledger::note(const WalRecord& record) {
    if (const auto entry = read_entry(record)) queues_[entry->queue];
    if (const auto settle = read_settle(record)) {
        auto& settled = queues_[settle->queue].settled;
        for (const PositionRange& range : settle->ranges)
            if (!settled.empty() && settled.back().last + 1 == range.first)
                settled.back().last = range.last;
            else
                settled.push_back(range);
    }
    if (const auto flushed = read_flushed(record)) {
        auto& through = queues_[flushed->queue].flushed_through;
        through = std::max(through, flushed->through);
    }
    if (const auto state = read_run_state(record)) {
        run_states_[{state->segment, state->run}] = as_text(state->state);
        next_segment_ = std::max(next_segment_, state->segment + 1);
    }
}

void Ledger::note(const SegmentSummary& segment) {
    for (const RunSummary& run : segment.runs) {
        if (run.count == 0) continue;
        auto& through = queues_[run.queue].flushed_through;
        through = std::max(through, run.flushed_through);
    }
    next_segment_ = std::max(next_segment_, segment.number + 1);
    for (const std::uint64_t replaced : segment.replaces)
        next_segment_ = std::max(next_segment_, replaced + 1);
}

// Sorted, and no two overlap or touch.
void Ledger::close() {
    for (auto& [queue, facts] : queues_) {
        auto& ranges = facts.settled;
        std::ranges::sort(ranges, {}, &PositionRange::first);
        std::size_t joined = 0;
        for (const PositionRange& range : ranges)
            if (joined != 0 && range.first <= ranges[joined - 1].last + 1)
                ranges[joined - 1].last = std::max(ranges[joined - 1].last, range.last);
            else
                ranges[joined++] = range;
        ranges.resize(joined);
    }
}

bool Ledger::is_settled(QueueId queue, std::uint64_t position) const {
    const auto facts = queues_.find(queue);
    if (facts == queues_.end()) return false;
    const auto& ranges = facts->second.settled;
    const auto range = std::ranges::lower_bound(ranges, position, {}, &PositionRange::last);
    return range != ranges.end() && range->first <= position;
}

bool Ledger::lives_in_log(QueueId queue, std::uint64_t position) const {
    const auto facts = queues_.find(queue);
    const bool flushed = facts != queues_.end() && position <= facts->second.flushed_through;
    return !flushed && !is_settled(queue, position);
}

std::optional<Run> Ledger::state_of(const RunSummary& run, std::uint64_t segment,
                                    std::uint32_t place) const {
    Run state(run, segment, place);
    const auto said = run_states_.find({segment, place});
    if (said != run_states_.end() && !state.apply_state(as_bytes(said->second)))
        return std::nullopt;
    return state;
}

}  // namespace warren::storage
