// How entries leave the write-ahead log for a segment.
#include <algorithm>

#include "base/ensure.h"
#include "storage/stored_queue.h"

namespace warren::storage {

// Passes entries on and keeps their heads.
class StoredQueue::FlushSink final : public EntrySink {
public:
    FlushSink(SegmentBuilder& segment, std::vector<EntryHead>& heads)
        : segment_(segment), heads_(heads) {}
    void take(const EntryView& entry) override {
        segment_.add(entry);
        heads_.push_back(entry.head);
    }

private:
    SegmentBuilder& segment_;
    std::vector<EntryHead>& heads_;
};

std::uint64_t StoredQueue::last_position_in(std::uint64_t log_file) const {
    std::uint64_t last = 0;
    for (const Mark& mark : marks_)
        if (mark.file <= log_file) last = mark.last_position;
    return last;
}

void StoredQueue::begin_flush(std::uint64_t through, SegmentBuilder& segment) {
    ENSURE(!flight_);
    if (through <= flushed_through_) return;
    flight_.emplace(Flight{flushed_through_, through, shared_.commit.gathering_file(), {}, {}});
    segment.begin_queue(id_, through);
    FlushSink sink(segment, flight_->heads);
    owner_.collect(flight_->after, through, sink);
}

void StoredQueue::abandon_flush() {
    flight_.reset();
}

void StoredQueue::end_flush(const SegmentSummary& segment, std::span<const std::uint32_t> places) {
    if (!flight_) return;
    std::vector<EntryPlace> kept;
    owner_.paged_out(flight_->after, flight_->through, kept);
    std::ranges::sort(kept, {}, &EntryPlace::position);
    std::ranges::sort(flight_->settled);
    for (const std::uint32_t place : places)
        land_run(segment.runs[place], segment.number, place, kept);
    flushed_through_ = std::max(flushed_through_, flight_->through);
    release_flushed_marks();
    flight_.reset();
    drop_dead_runs();
}

// A spill moves entries whose log files stay, and perhaps not all that a file has.
void StoredQueue::release_flushed_marks() {
    std::uint64_t before = flight_->after;
    for (Mark& mark : marks_) {
        if (mark.last_position > flushed_through_) {
            const auto moved = std::ranges::count_if(flight_->heads, [&](const EntryHead& head) {
                return head.persistent && head.position > before &&
                       !flight_->is_settled(head.position);
            });
            const std::uint64_t gone = std::min<std::uint64_t>(mark.live, moved);
            shared_.files.release(mark.file, gone);
            mark.live -= gone;
            break;
        }
        shared_.files.release(mark.file, mark.live);
        before = mark.last_position;
    }
    std::erase_if(marks_, [&](const Mark& mark) { return mark.last_position <= flushed_through_; });
}

// The entries of a run lie beside one another among the heads.
void StoredQueue::land_run(const RunSummary& summary, std::uint64_t segment, std::uint32_t place,
                           std::span<const EntryPlace> kept) {
    const auto& heads = flight_->heads;
    const auto at = std::ranges::find_if(heads, [&](const EntryHead& head) {
        return head.level == summary.level && head.position == summary.first_position;
    });
    ENSURE(static_cast<std::uint64_t>(heads.end() - at) >= summary.count);
    HeldRun held = hold(summary, segment, place, {at, summary.count});
    PagedFigures figures;
    std::uint32_t settled = 0;
    for (std::uint32_t row = 0; row < summary.count; ++row) {
        const EntryHead& head = *(at + row);
        if (flight_->is_settled(head.position)) {
            held.run.settle_row(row);
            ++settled;
        } else if (std::ranges::binary_search(kept, head.position, {}, &EntryPlace::position)) {
            held.run.take_row(row);
        } else {
            count_paged(held, head, figures);
        }
    }
    add_figures(figures);
    if (settled != 0) {
        held.state_file = flight_->log_file;
        shared_.files.at(held.state_file).settlers.push_back(id_);
        shared_.segments.settled(segment, settled);
    }
    if (is_dead(held))
        run_died(held);
    else
        place_run(std::move(held));
}

StoredQueue::HeldRun StoredQueue::hold(const RunSummary& summary, std::uint64_t segment,
                                       std::uint32_t place,
                                       std::span<const EntryHead> heads) const {
    HeldRun held{Run(summary, segment, place), 0, 0, 0, 0};
    if (!held.run.needs_positions() || !owner_.settles_single_entries()) return held;
    std::vector<std::uint64_t> positions;
    positions.reserve(heads.size());
    for (const EntryHead& head : heads)
        positions.push_back(head.position);
    held.run.give_positions(positions);
    return held;
}

void StoredQueue::count_paged(HeldRun& held, const EntryHead& head, PagedFigures& figures) {
    ++held.paged_entries;
    ++figures.entries;
    held.paged_body_bytes += head.body_bytes;
    figures.body_bytes += head.body_bytes;
    if (!head.persistent) return;
    ++held.paged_persistent;
    ++figures.persistent;
    figures.persistent_body_bytes += head.body_bytes;
}

void StoredQueue::log_run_states(std::uint64_t log_file) {
    const std::uint64_t gathering = shared_.commit.gathering_file();
    for (auto& [number, level] : levels_)
        for (HeldRun& held : level.runs) {
            if (held.state_file == 0 || held.state_file > log_file || is_dead(held)) continue;
            const std::string state = held.run.encode_state();
            add_run_state(shared_.commit.gathering(),
                          {id_, held.run.segment(), held.run.place(), as_bytes(state)});
            held.state_file = gathering;
            note_settler();
        }
}

}  // namespace warren::storage
