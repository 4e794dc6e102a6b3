// How paged entries come back into memory.
#include <algorithm>

#include "base/ensure.h"
#include "storage/stored_queue.h"

namespace warren::storage {

std::uint32_t StoredQueue::entries_for(std::uint64_t bytes, const RunSummary& run) {
    const std::uint64_t each = (run.data_bytes + run.body_bytes) / run.count + 1;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes / each + 1, run.count));
}

void StoredQueue::load(std::uint8_t level, const LoadLimit& limit, LoadSink& sink) {
    Level* in = find_level(level);
    std::uint64_t bytes_left = limit.bytes;
    std::uint32_t left = limit.entries;
    while (in != nullptr && in->paged != 0 && left != 0 && bytes_left != 0) {
        HeldRun& held = next_paged_run(*in);
        auto file = shared_.segments.open(held.run.segment());
        if (!file) {
            lose_run(*in, held, file.error());
            continue;
        }
        const RunSummary& summary = (*file)->summary().runs[held.run.place()];
        const auto [first, count] =
            held.run.take_next(std::min(left, entries_for(bytes_left, summary)));
        const auto rows = (*file)->read_rows(summary, first, count);
        if (!rows) {
            lose_run(*in, held, rows.error());
            continue;
        }
        bring_back(*in, held, *rows, **file, sink);
        left -= count;
        for (const IndexRow& row : *rows)
            bytes_left -=
                std::min<std::uint64_t>(bytes_left, row.payload_bytes + row.body_stored_bytes);
    }
    drop_dead_runs();
}

// The rows have been taken.
void StoredQueue::bring_back(Level& level, HeldRun& held, std::span<const IndexRow> rows,
                             SegmentFile& file, LoadSink& sink) {
    const RunSummary& summary = file.summary().runs[held.run.place()];
    const auto damaged = [&](const IndexRow& row, const SegmentFault& fault) {
        shared_.events.damage_found(fault.text() + ": a message of queue " +
                                    std::to_string(id_.value) + " is lost");
        shared_.segments.keep_damaged(held.run.segment());
        owner_.lost(held.run.level(), 1, row.head.body_bytes);
        if (row.head.position != 0) note_settled({row.head.position, row.head.position});
        if (held.run.settle_row(row.number)) settled_in(held, 1);
    };
    for (const IndexRow& row : rows)
        no_longer_paged(level, held, row);
    if (held.run.paged() == 0) {
        held.run.set_next_deadline(EntryHead::no_deadline);
        look_for_deadlines();
    }
    file.read_entries(summary, rows, sink, damaged);
}

// A damaged row does not know its bytes; the last row takes what is left over.
void StoredQueue::no_longer_paged(Level& level, HeldRun& held, const IndexRow& row) {
    --level.paged;
    --paged_.entries;
    --held.paged_entries;
    const std::uint64_t bytes =
        held.paged_entries == 0 ? held.paged_body_bytes : row.head.body_bytes;
    held.paged_body_bytes -= std::min(held.paged_body_bytes, bytes);
    paged_.body_bytes -= std::min(paged_.body_bytes, bytes);
    if (!row.head.persistent || held.paged_persistent == 0) return;
    --held.paged_persistent;
    --paged_.persistent;
    paged_.persistent_body_bytes -= std::min(paged_.persistent_body_bytes, bytes);
}

void StoredQueue::lose_run(Level& level, HeldRun& held, const SegmentFault& fault) {
    shared_.segments.keep_damaged(held.run.segment());
    // Rows that were taken for this reading have come to nobody.
    const std::uint32_t lost = held.paged_entries;
    shared_.events.damage_found(fault.text() + ": " + std::to_string(lost) + " messages of queue " +
                                std::to_string(id_.value) + " are lost");
    level.paged -= lost;
    paged_.entries -= lost;
    paged_.body_bytes -= held.paged_body_bytes;
    paged_.persistent -= held.paged_persistent;
    paged_.persistent_body_bytes -= std::min(paged_.persistent_body_bytes, held.paged_body_bytes);
    owner_.lost(held.run.level(), lost, held.paged_body_bytes);
    held.paged_entries = 0;
    held.paged_body_bytes = 0;
    held.paged_persistent = 0;
    held.run.settle_all_paged();
    held.run.set_next_deadline(EntryHead::no_deadline);
    look_for_deadlines();
}

void StoredQueue::look_for_deadlines() {
    next_deadline_ms_ = EntryHead::no_deadline;
    for (const auto& [number, level] : levels_)
        for (const HeldRun& held : level.runs)
            if (held.run.paged() != 0)
                next_deadline_ms_ = std::min(next_deadline_ms_, held.run.next_deadline_ms());
}

bool StoredQueue::load_expiring(std::int64_t until_ms, std::uint32_t entries, LoadSink& sink) {
    if (next_deadline_ms_ > until_ms) return false;
    std::uint32_t left = entries;
    for (auto& [number, level] : levels_)
        for (HeldRun& held : level.runs)
            while (left != 0 && held.run.paged() != 0 && held.run.next_deadline_ms() <= until_ms)
                left -= load_due_rows(level, held, until_ms, left, sink);
    drop_dead_runs();
    look_for_deadlines();
    return true;
}

bool StoredQueue::load_entry(const EntryPlace& place, LoadSink& sink) {
    HeldRun* held = find_run(place.level, place.position);
    if (held == nullptr || held->run.paged() == 0 || !learn_positions(*held)) return false;
    const auto number = held->run.row_of(place.position);
    if (!number || !held->run.is_paged(*number)) return false;
    Level& level = *find_level(place.level);
    auto file = shared_.segments.open(held->run.segment());
    if (!file) return lose_run(level, *held, file.error()), drop_dead_runs(), true;
    const RunSummary& summary = (*file)->summary().runs[held->run.place()];
    const auto rows = (*file)->read_rows(summary, *number, 1);
    if (!rows) return lose_run(level, *held, rows.error()), drop_dead_runs(), true;
    held->run.take_row(*number);
    bring_back(level, *held, *rows, **file, sink);
    drop_dead_runs();
    return true;
}

// Entries that expire one behind the other come in the order they stand in. Of others the earliest
// `most` are brought back, due or not: so a run with deadlines all over is read a few dozen times
// in its life and not once for each entry. Returns how many came: none where the run's deadline was
// that of an entry that has left; then it is exact now.
std::uint32_t StoredQueue::load_due_rows(Level& level, HeldRun& held, std::int64_t until_ms,
                                         std::uint32_t most, LoadSink& sink) {
    auto file = shared_.segments.open(held.run.segment());
    if (!file) return lose_run(level, held, file.error()), 0;
    const RunSummary& summary = (*file)->summary().runs[held.run.place()];
    const auto rows = (*file)->read_rows(summary, 0, held.run.count());
    if (!rows) return lose_run(level, held, rows.error()), 0;
    const auto deadline_of = [&](std::uint32_t row) { return (*rows)[row].head.deadline_ms; };
    std::vector<std::uint32_t> wanted;
    for (std::uint32_t row = 0; row < held.run.count(); ++row)
        if (held.run.is_paged(row)) wanted.push_back(row);
    std::ranges::stable_sort(wanted, {}, deadline_of);
    std::size_t count =
        std::ranges::upper_bound(wanted, until_ms, {}, deadline_of) - wanted.begin();
    if (!held.run.deadlines_in_order()) count = std::max<std::size_t>(count, most);
    count = std::min<std::size_t>({count, most, wanted.size()});
    held.run.set_next_deadline(count < wanted.size() ? deadline_of(wanted[count])
                                                     : EntryHead::no_deadline);
    wanted.resize(count);
    std::ranges::sort(wanted);
    std::vector<IndexRow> taken;
    for (const std::uint32_t row : wanted) {
        held.run.take_row(row);
        taken.push_back((*rows)[row]);
    }
    bring_back(level, held, taken, **file, sink);
    return static_cast<std::uint32_t>(count);
}

}  // namespace warren::storage
