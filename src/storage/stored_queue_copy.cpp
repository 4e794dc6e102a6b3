// How runs move from segments that are mostly dead into a new one.
#include <algorithm>

#include "storage/stored_queue.h"

namespace warren::storage {

void StoredQueue::replace_runs(std::span<const std::uint64_t> replaced,
                               const SegmentSummary& segment, std::span<const CopiedRun> copies,
                               std::uint64_t state_file) {
    for (const CopiedRun& copy : copies)
        copy_state(segment, copy, state_file);
    for (auto& [number, level] : levels_) {
        // A copy may reach over dead runs that lay between its sources.
        std::erase_if(level.runs, [&](const HeldRun& held) {
            if (is_dead(held)) return true;
            if (!std::ranges::binary_search(replaced, held.run.segment())) return false;
            level.paged -= held.paged_entries;
            shared_.segments.settled(held.run.segment(), held.run.live());
            return true;
        });
        level.first = 0;
    }
    for (HeldRun& held : arriving_)
        if (!is_dead(held)) place_run(std::move(held));
    arriving_.clear();
    std::erase_if(levels_, [](const auto& entry) { return entry.second.runs.empty(); });
    look_for_deadlines();
}

// What has been taken or settled since the copy was begun is so in the copy, too. What is paged is
// so in both; the figures of the queue stay.
void StoredQueue::copy_state(const SegmentSummary& segment, const CopiedRun& copy,
                             std::uint64_t state_file) {
    const RunSummary& summary = segment.runs[copy.place];
    std::vector<EntryHead> heads;
    for (const CopiedEntry& entry : copy.entries)
        heads.push_back(entry.head);
    HeldRun held = hold(summary, segment.number, copy.place, heads);
    PagedFigures figures;
    std::uint32_t settled = 0;
    for (std::uint32_t row = 0; row < summary.count; ++row) {
        const CopiedEntry& entry = copy.entries[row];
        const Run* source = source_of(entry);
        if (source == nullptr || source->is_settled(entry.row)) {
            held.run.settle_row(row);
            ++settled;
        } else if (source->is_taken(entry.row)) {
            held.run.take_row(row);
        } else {
            count_paged(held, entry.head, figures);
        }
    }
    if (settled != 0) {
        held.state_file = state_file;
        shared_.files.at(state_file).settlers.push_back(id_);
        shared_.segments.settled(segment.number, settled);
        if (is_dead(held)) run_died(held);
    }
    arriving_.push_back(std::move(held));
}

const Run* StoredQueue::source_of(const CopiedEntry& entry) {
    const HeldRun* held = find_run(entry.head.level, entry.head.position);
    const bool found =
        held != nullptr && held->run.segment() == entry.segment && held->run.place() == entry.place;
    return found ? &held->run : nullptr;
}

}  // namespace warren::storage
