// How entries are read that stay, and cut off at the front: all those of streams, and what somebody
// looks at of other queues.
#include <algorithm>

#include "base/ensure.h"
#include "storage/stored_queue.h"

namespace warren::storage {

bool StoredQueue::read(std::uint8_t level, const LoadLimit& limit, LogCursor& cursor,
                       LoadSink& sink) {
    const Level* in = find_level(level);
    if (in == nullptr) return false;
    const auto last_position = [](const HeldRun& held) { return held.run.last_position(); };
    auto held = std::ranges::lower_bound(in->runs, cursor.position, {}, last_position);
    while (held != in->runs.end() && is_dead(*held))
        ++held;
    if (held == in->runs.end()) return false;

    read_run(held->run, limit, cursor, sink);
    return true;
}

// At least one entry that can be read, or all that is left of the run.
void StoredQueue::read_run(const Run& run, const LoadLimit& limit, LogCursor& cursor,
                           LoadSink& sink) {
    const std::uint64_t wanted = cursor.position;
    cursor.position = run.last_position() + 1;
    auto file = shared_.segments.open(run.segment());
    if (!file) return cannot_read(run, file.error());
    const RunSummary& summary = (*file)->summary().runs[run.place()];
    const auto first = row_at(run, summary, **file, wanted, cursor);
    if (!first) return;
    std::uint32_t next = *first;
    std::uint64_t reached = 0;
    while (reached < wanted && next != run.count()) {
        const std::uint32_t count =
            std::min({limit.entries, entries_for(limit.bytes, summary), run.count() - next});
        auto rows = (*file)->read_rows(summary, next, count);
        if (!rows) return cannot_read(run, rows.error());
        next += count;
        for (const IndexRow& row : *rows)
            reached = std::max(reached, row.head.position);
        std::erase_if(*rows, [&](const IndexRow& row) {
            return (row.intact && row.head.position < wanted) || !run.is_paged(row.number);
        });
        (*file)->read_entries(
            summary, *rows, sink,
            [&](const IndexRow&, const SegmentFault& fault) { cannot_read(run, fault); });
    }
    if (next == run.count()) return;
    cursor = LogCursor(reached + 1);
    cursor.segment = run.segment();
    cursor.place = run.place();
    cursor.row = next;
}

// The first row with that position or a higher one; damaged rows that may be it come before it.
// None: the index cannot be read. In a run that leaves out few positions, as those of a stream do,
// the row is nearly known by arithmetic.
std::optional<std::uint32_t> StoredQueue::row_at(const Run& run, const RunSummary& summary,
                                                 SegmentFile& file, std::uint64_t position,
                                                 const LogCursor& hint) {
    if (hint.segment == run.segment() && hint.place == run.place() && hint.row < run.count())
        return hint.row;
    if (position <= run.first_position()) return 0;
    const std::uint64_t distance = position - run.first_position();
    const std::uint64_t left_out = run.last_position() - run.first_position() + 1 - run.count();
    auto low = static_cast<std::uint32_t>(distance - std::min(distance, left_out));
    auto high = static_cast<std::uint32_t>(std::min<std::uint64_t>(distance, run.count() - 1));
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        const auto rows = file.read_rows(summary, middle, 1);
        if (!rows) return cannot_read(run, rows.error()), std::nullopt;
        const IndexRow& row = rows->front();
        if (row.intact && row.head.position < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void StoredQueue::cannot_read(const Run& run, const SegmentFault& fault) {
    if (!shared_.segments.keep_damaged(run.segment())) return;
    shared_.events.damage_found(fault.text() + ": what queue " + std::to_string(id_.value) +
                                " has there is passed over");
}

void StoredQueue::cut(std::uint64_t through) {
    ENSURE(through <= last_position_);
    if (through <= cut_through_) return;
    shared_.bodies.forget();  // as in settle()
    note_settled({cut_through_ + 1, through});
    cut_log(through);
    for (auto& [number, level] : levels_)
        for (HeldRun& held : level.runs) {
            if (held.run.first_position() > through) break;
            if (!is_dead(held)) cut_run(level, held, through);
        }
    cut_through_ = through;
    drop_dead_runs();
}

// What has been cut off that only log files hold. Of a file that keeps a part of what it has, the
// part is counted by positions: all that is cut off is persistent.
void StoredQueue::cut_log(std::uint64_t through) {
    if (flight_) flight_->cut_through = std::max(flight_->cut_through, through);
    std::uint64_t before = std::max(cut_through_, flushed_through_);
    for (Mark& mark : marks_) {
        const std::uint64_t end = std::min(mark.last_position, through);
        if (end <= before) continue;
        const std::uint64_t gone = std::min(mark.live, end - before);
        mark.live -= gone;
        shared_.files.release(mark.file, gone);
        before = end;
    }
}

void StoredQueue::cut_run(Level& level, HeldRun& held, std::uint64_t through) {
    const std::uint32_t live = held.run.live();
    if (held.run.last_position() <= through) {
        level.paged -= held.paged_entries;
        paged_.entries -= held.paged_entries;
        paged_.body_bytes -= std::min(paged_.body_bytes, held.paged_body_bytes);
        paged_.persistent -= held.paged_persistent;
        paged_.persistent_body_bytes -=
            std::min(paged_.persistent_body_bytes, held.paged_body_bytes);
        held.paged_entries = held.paged_persistent = 0;
        held.paged_body_bytes = 0;
        held.run.settle_all_paged();
        return settled_in(held, live - held.run.live());
    }
    auto file = shared_.segments.open(held.run.segment());
    if (!file) return cannot_read(held.run, file.error());
    const RunSummary& summary = (*file)->summary().runs[held.run.place()];
    const auto rows =
        (*file)->read_rows(summary, 0,
                           static_cast<std::uint32_t>(std::min<std::uint64_t>(
                               held.run.count(), through - held.run.first_position() + 1)));
    if (!rows) return cannot_read(held.run, rows.error());
    // A damaged row does not know its position: it goes when one behind it does.
    std::size_t end = rows->size();
    while (end != 0 && (!(*rows)[end - 1].intact || (*rows)[end - 1].head.position > through))
        --end;
    for (const IndexRow& row : std::span(*rows).first(end)) {
        if (!held.run.is_paged(row.number)) continue;
        no_longer_paged(level, held, row);
        held.run.settle_row(row.number);
    }
    settled_in(held, live - held.run.live());
}

}  // namespace warren::storage
