#include "storage/stored_queue.h"

#include <algorithm>

#include "base/ensure.h"

namespace warren::storage {

StoredQueue::StoredQueue(QueueId id, EntryOwner& owner, EngineShared& shared,
                         std::unordered_map<QueueId, StoredQueue*>& registry)
    : id_(id), owner_(owner), shared_(shared), registry_(registry) {
    const bool is_new = registry_.emplace(id_, this).second;
    ENSURE(is_new);
}

StoredQueue::~StoredQueue() {
    registry_.erase(id_);
    std::erase(shared_.settling, this);
}

// ---- entries come and go ----

void StoredQueue::append(const EntryView& entry) {
    ENSURE(entry.head.position > last_position_);
    GroupCommit& commit = shared_.commit;
    shared_.appended = true;
    last_position_ = entry.head.position;
    if (commit.state() == EngineState::failed) return;
    WalBatch& batch = commit.gathering();
    const std::uint64_t body = entry.body.empty() ? 0 : shared_.bodies.number_of(entry.body, batch);
    add_entry(batch, id_, entry, body);
    restore_entry(entry.head.position, commit.gathering_file());
}

void StoredQueue::restore_entry(std::uint64_t position, std::uint64_t file_number) {
    LoggedFile& file = shared_.files.at(file_number);
    ++file.entries;
    ++file.live;
    if (marks_.empty() || marks_.back().file != file_number) {
        marks_.push_back({file_number, position, 0});
        file.appenders.push_back(id_);
    }
    marks_.back().last_position = position;
    ++marks_.back().live;
}

void StoredQueue::settle(std::uint8_t level, std::uint64_t position) {
    note_settled({position, position});
    if (position <= flushed_through_) return settle_in_run(level, position);
    // The memory of its body may hold another one soon.
    shared_.bodies.forget();
    release_mark(position);
    if (flight_ && position <= flight_->through) flight_->settled.push_back(position);
}

void StoredQueue::note_settled(const PositionRange& range) {
    shared_.appended = true;
    if (settlements_.empty()) shared_.settling.push_back(this);
    if (!settlements_.empty() && settlements_.back().last + 1 == range.first)
        settlements_.back().last = range.last;
    else
        settlements_.push_back(range);
}

void StoredQueue::log_settlements() {
    if (shared_.commit.state() != EngineState::failed)
        add_settle(shared_.commit.gathering(), id_, settlements_);
    settlements_.clear();
    if (settlements_.capacity() > 1024) settlements_.shrink_to_fit();
}

// A transient entry has no mark; then this takes one from a neighbour, and the ledger, which only
// decides when to retire a file, is a little off until that file has gone.
void StoredQueue::release_mark(std::uint64_t position) {
    const auto mark = std::ranges::lower_bound(marks_, position, {}, &Mark::last_position);
    if (mark == marks_.end() || mark->live == 0) return;
    --mark->live;
    shared_.files.release(mark->file, 1);
}

void StoredQueue::settle_in_run(std::uint8_t level, std::uint64_t position) {
    HeldRun* held = find_run(level, position);
    if (held == nullptr || !learn_positions(*held)) return;
    const auto row = held->run.row_of(position);
    if (!row || held->run.is_settled(*row)) return;
    // What leaves a queue was resident: a purge has its own way.
    ENSURE(held->run.is_taken(*row));
    held->run.settle_row(*row);
    settled_in(*held, 1);
    drop_dead_runs();
}

void StoredQueue::settled_in(HeldRun& held, std::uint32_t entries) {
    if (held.state_file == 0) held.state_file = shared_.commit.gathering_file();
    note_settler();
    shared_.segments.settled(held.run.segment(), entries);
    if (is_dead(held)) run_died(held);
}

void StoredQueue::note_settler() {
    const std::uint64_t file = shared_.commit.gathering_file();
    if (settler_file_ == file) return;
    settler_file_ = file;
    shared_.files.at(file).settlers.push_back(id_);
}

// At the front always, in the middle when there are many: a queue that is eaten from all sides must
// not be moved about with every run that dies.
void StoredQueue::drop_dead_runs() {
    if (!run_died_) return;
    run_died_ = false;
    for (auto& [number, level] : levels_) {
        while (!level.runs.empty() && is_dead(level.runs.front())) {
            level.runs.pop_front();
            if (level.first != 0) --level.first;
        }
        const auto count = std::ranges::count_if(level.runs, is_dead);
        if (static_cast<std::size_t>(count) * 2 <= level.runs.size()) continue;
        std::erase_if(level.runs, is_dead);
        level.first = 0;
    }
    std::erase_if(levels_, [](const auto& entry) { return entry.second.runs.empty(); });
}

void StoredQueue::run_died(HeldRun& held) {
    run_died_ = true;
    shared_.segments.remember(held.run.segment(),
                              {id_, held.run.place(), held.state_file, held.run.encode_state()});
}

void StoredQueue::settle_paged() {
    for (auto& [number, level] : levels_) {
        for (HeldRun& held : level.runs) {
            if (held.run.paged() == 0) continue;
            if (learn_positions(held)) log_paged_as_settled(held.run);
            held.paged_entries = held.paged_persistent = 0;
            held.paged_body_bytes = 0;
            settled_in(held, held.run.settle_all_paged());
        }
        level.paged = 0;
        level.first = level.runs.size();
    }
    paged_ = {};
    next_deadline_ms_ = EntryHead::no_deadline;
    drop_dead_runs();
}

// A stretch of paged rows is one range of positions, unless positions of other levels lie between
// them.
void StoredQueue::log_paged_as_settled(const Run& run) {
    for (Run::Rows rows = run.paged_rows_from(0); rows.count != 0;
         rows = run.paged_rows_from(rows.first + rows.count)) {
        const std::uint32_t last = rows.first + rows.count - 1;
        if (levels_.size() == 1) {
            note_settled({run.position_of(rows.first), run.position_of(last)});
            continue;
        }
        for (std::uint32_t row = rows.first; row <= last; ++row)
            note_settled({run.position_of(row), run.position_of(row)});
    }
}

void StoredQueue::remove() {
    shared_.bodies.forget();  // as in settle()
    settlements_.clear();
    std::erase(shared_.settling, this);
    flight_.reset();
    for (const Mark& mark : marks_)
        shared_.files.release(mark.file, mark.live);
    marks_.clear();
    for (auto& [number, level] : levels_)
        for (HeldRun& held : level.runs)
            if (held.run.live() != 0) shared_.segments.settled(held.run.segment(), held.run.live());
    levels_.clear();
    paged_ = {};
}

std::uint64_t StoredQueue::segments() const {
    std::vector<std::uint64_t> numbers;
    for (const auto& [number, level] : levels_)
        for (const HeldRun& held : level.runs)
            if (!is_dead(held)) numbers.push_back(held.run.segment());
    std::ranges::sort(numbers);
    return static_cast<std::uint64_t>(std::ranges::unique(numbers).begin() - numbers.begin());
}

// That its entries have left is in the batch then, and the files that they lie in do not wait for
// it.
bool StoredQueue::at_rest() const {
    return levels_.empty() && !flight_ && settlements_.empty() &&
           std::ranges::all_of(marks_, [](const Mark& mark) { return mark.live == 0; });
}

void StoredQueue::spill(std::uint64_t through) {
    if (through > flushed_through_) shared_.spills[id_] = through;
}

// ---- runs ----

StoredQueue::Level* StoredQueue::find_level(std::uint8_t level) {
    const auto found = levels_.find(level);
    return found == levels_.end() ? nullptr : &found->second;
}

const StoredQueue::Level* StoredQueue::find_level(std::uint8_t level) const {
    const auto found = levels_.find(level);
    return found == levels_.end() ? nullptr : &found->second;
}

StoredQueue::HeldRun* StoredQueue::find_run(std::uint8_t level, std::uint64_t position) {
    Level* in = find_level(level);
    if (in == nullptr) return nullptr;
    const auto last_position = [](const HeldRun& held) { return held.run.last_position(); };
    const auto found = std::ranges::lower_bound(in->runs, position, {}, last_position);
    if (found == in->runs.end() || found->run.first_position() > position) return nullptr;
    return &*found;
}

// False: they cannot be read.
bool StoredQueue::learn_positions(HeldRun& held) {
    if (!held.run.needs_positions()) return true;
    auto file = shared_.segments.open(held.run.segment());
    if (!file) return false;
    const RunSummary& summary = (*file)->summary().runs[held.run.place()];
    const auto rows = (*file)->read_rows(summary, 0, summary.count);
    if (!rows) return false;
    std::vector<std::uint64_t> positions;
    positions.reserve(rows->size());
    for (const IndexRow& row : *rows)
        positions.push_back(row.head.position);
    held.run.give_positions(positions);
    return true;
}

std::uint64_t StoredQueue::paged_entries(std::uint8_t level) const {
    const Level* in = find_level(level);
    return in == nullptr ? 0 : in->paged;
}

std::uint64_t StoredQueue::first_paged(std::uint8_t level) const {
    const Level* in = find_level(level);
    ENSURE(in != nullptr && in->paged != 0);
    std::size_t run = in->first;
    while (in->runs[run].run.paged() == 0)
        ++run;
    return in->runs[run].run.first_paged_at_least();
}

StoredQueue::HeldRun& StoredQueue::next_paged_run(Level& level) {
    while (level.runs[level.first].run.paged() == 0)
        ++level.first;
    return level.runs[level.first];
}

void StoredQueue::restore(std::uint64_t flushed_through, std::uint64_t last_position) {
    flushed_through_ = flushed_through;
    last_position_ = last_position;
}

void StoredQueue::restore_run(Run&& run, const PagedFigures& figures, std::uint64_t state_file) {
    add_figures(figures);
    if (state_file != 0) shared_.files.at(state_file).settlers.push_back(id_);
    HeldRun held{std::move(run), static_cast<std::uint32_t>(figures.entries),
                 static_cast<std::uint32_t>(figures.persistent), figures.body_bytes, state_file};
    if (is_dead(held))
        run_died(held);
    else
        place_run(std::move(held));
}

void StoredQueue::add_figures(const PagedFigures& figures) {
    paged_.entries += figures.entries;
    paged_.body_bytes += figures.body_bytes;
    paged_.persistent += figures.persistent;
    paged_.persistent_body_bytes += figures.persistent_body_bytes;
}

// Behind the runs with lower positions.
void StoredQueue::place_run(HeldRun&& held) {
    Level& level = levels_[held.run.level()];
    level.paged += held.paged_entries;
    if (held.run.paged() != 0)
        next_deadline_ms_ = std::min(next_deadline_ms_, held.run.next_deadline_ms());
    const auto position = [](const HeldRun& other) { return other.run.first_position(); };
    const auto at = std::ranges::lower_bound(level.runs, held.run.first_position(), {}, position);
    level.first = std::min(level.first, static_cast<std::size_t>(at - level.runs.begin()));
    level.runs.insert(at, std::move(held));
}

}  // namespace warren::storage
