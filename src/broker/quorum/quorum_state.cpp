#include "broker/quorum/quorum_state.h"

#include <fmt/format.h>

namespace warren::broker {

Result<void, std::string> QuorumState::apply(const QuorumCommand& command) {
    if (!command.enqueued.empty() && command.enqueued.front().first <= last_position_)
        return fail(fmt::format("position {} is enqueued, and {} was before",
                                command.enqueued.front().first, last_position_));
    for (const EnqueuedRun& run : command.enqueued) {
        for (std::uint32_t i = 0; i < run.count; ++i)
            entries_.emplace_hint(entries_.end(), run.first + i,
                                  Entry{run.deadline_ms, run.counted_bytes, run.level});
        last_position_ = run.first + run.count - 1;
    }
    for (const NoteChange& change : command.changed)
        if (const auto found = entries_.find(change.position); found != entries_.end())
            found->second.note = change.note;
    for (const DepartedRun& run : command.departed)
        entries_.erase(entries_.lower_bound(run.first), entries_.upper_bound(run.last));
    if (command.purged) purge(*command.purged);
    return {};
}

void QuorumState::purge(const PurgedThrough& purged) {
    auto kept = purged.kept.begin();
    for (auto at = entries_.begin(); at != entries_.end() && at->first <= purged.through;) {
        while (kept != purged.kept.end() && kept->last < at->first)
            ++kept;
        const bool stays = kept != purged.kept.end() && kept->first <= at->first;
        at = stays ? std::next(at) : entries_.erase(at);
    }
}

}  // namespace warren::broker
