#include "storage/engine_recovery.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

namespace warren::storage {

std::string wal_folder(const std::string& shard_folder) {
    return shard_folder + "/wal";
}

std::string segments_folder(const std::string& shard_folder) {
    return shard_folder + "/segments";
}

namespace {

constexpr const char* advice =
    "\nNothing was changed. `warrenmq-server --check-data DIR` says what it would cost to go on "
    "without it, --repair sets it aside.";

// Sorted, and no two overlap or touch.
void join(std::vector<PositionRange>& ranges) {
    std::ranges::sort(ranges, {}, &PositionRange::first);
    std::size_t joined = 0;
    for (const PositionRange& range : ranges) {
        if (joined != 0 && range.first <= ranges[joined - 1].last + 1)
            ranges[joined - 1].last = std::max(ranges[joined - 1].last, range.last);
        else
            ranges[joined++] = range;
    }
    ranges.resize(joined);
}

// Footers of so many files are kept at hand.
constexpr std::size_t open_max = 256;

class Recovery {
public:
    Recovery(FileIo& io, std::string folder) : io_(io), folder_(std::move(folder)) {}

    Result<Recovered, std::string> run();

private:
    using Done = Result<void, std::string>;

    Done prepare_folders();
    Done read_segments();
    Done drop_replaced();
    Done read_settlements();
    Done settle_runs();
    Done settle_run(RecoveredQueue& queue, RecoveredRun& recovered);
    Result<SegmentFile*, SegmentFault> open(std::uint64_t segment);
    Done read_entries();
    void note(const WalRecord& record);
    void note_settle(const SettleRecord& settle);
    void keep(const WalRecord& record);

    FileIo& io_;
    const std::string folder_;
    Recovered found_;
    std::vector<SegmentSummary> segments_;
    std::map<std::uint64_t, std::unique_ptr<SegmentFile>> open_;
    std::map<std::pair<std::uint64_t, std::uint32_t>, std::string> run_states_;
    std::optional<StopRecord> stop_;  // if nothing comes behind it
    // Bodies of the batch that is being read.
    std::uint64_t batch_ = 0;
    std::unordered_map<std::uint64_t, std::shared_ptr<const std::vector<std::byte>>> bodies_;
};

Result<Recovered, std::string> Recovery::run() {
    if (auto done = prepare_folders(); !done) return fail(done.error());
    if (auto done = read_segments(); !done) return fail(done.error());
    if (auto done = drop_replaced(); !done) return fail(done.error());
    if (auto done = read_settlements(); !done) return fail(done.error());
    if (auto done = settle_runs(); !done) return fail(done.error());
    if (auto done = read_entries(); !done) return fail(done.error());
    found_.report.queues = found_.queues.size();
    found_.report.segments = found_.segments.size();
    found_.report.stopped_in_order = stop_.has_value();
    for (auto& [id, queue] : found_.queues)
        queue.delivered_through = stop_ ? 0 : UINT64_MAX;
    if (stop_)
        for (const auto& [id, through] : stop_->delivered_through)
            if (const auto at = found_.queues.find(id); at != found_.queues.end())
                at->second.delivered_through = through;
    return std::move(found_);
}

Recovery::Done Recovery::prepare_folders() {
    for (const std::string& path : {wal_folder(folder_), segments_folder(folder_)})
        if (auto created = io_.create_folder(path); !created) return fail(created.error().text());
    if (auto synced = io_.sync_folder(folder_); !synced) return fail(synced.error().text());
    return {};
}

Recovery::Done Recovery::read_segments() {
    const std::string path = segments_folder(folder_);
    const auto files = io_.list(path);
    if (!files) return fail(files.error().text());
    std::string damages;
    for (const FileEntry& file : *files) {
        if (is_segment_leftover(file.name)) {
            if (auto removed = io_.remove(path + "/" + file.name); !removed)
                return fail(removed.error().text());
            found_.report.notes.push_back(path + "/" + file.name + " was never finished: removed");
            continue;
        }
        const auto number = segment_number_of(file.name);
        if (!number) continue;
        auto opened = SegmentFile::open(io_, path + "/" + file.name);
        if (!opened) {
            damages += (damages.empty() ? "" : "\n") + opened.error().text();
            continue;
        }
        segments_.push_back((*opened)->summary());
        found_.next_segment = std::max(found_.next_segment, *number + 1);
    }
    if (!damages.empty()) return fail(damages + advice);
    // A process that was killed may have left names that a power cut would take: log files must not
    // go because of them.
    if (auto synced = io_.sync_folder(path); !synced) return fail(synced.error().text());
    return {};
}

// A copy was finished, but the node ended before its sources were removed.
Recovery::Done Recovery::drop_replaced() {
    std::set<std::uint64_t> replaced;
    for (const SegmentSummary& segment : segments_)
        replaced.insert(segment.replaces.begin(), segment.replaces.end());
    std::size_t dropped = 0;
    for (const SegmentSummary& segment : segments_) {
        if (!replaced.contains(segment.number)) continue;
        const std::string path = segment_path(segments_folder(folder_), segment.number);
        if (auto removed = io_.remove(path); !removed) return fail(removed.error().text());
        ++dropped;
    }
    if (dropped != 0)
        if (auto synced = io_.sync_folder(segments_folder(folder_)); !synced)
            return fail(synced.error().text());
    std::erase_if(segments_,
                  [&](const auto& segment) { return replaced.contains(segment.number); });
    for (const SegmentSummary& segment : segments_)
        for (std::uint32_t place = 0; place < segment.runs.size(); ++place) {
            const RunSummary& run = segment.runs[place];
            RecoveredQueue& queue = found_.queues[run.queue];
            queue.flushed_through = std::max(queue.flushed_through, run.flushed_through);
            queue.last_position =
                std::max({queue.last_position, run.last_position, run.flushed_through});
            queue.runs.push_back({Run(run, segment.number, place), {}, false});
        }
    for (auto& [id, queue] : found_.queues)
        std::ranges::sort(queue.runs, {}, [](const RecoveredRun& recovered) {
            return std::pair(recovered.run.level(), recovered.run.first_position());
        });
    return {};
}

Recovery::Done Recovery::read_settlements() {
    const auto report =
        read_wal(io_, wal_folder(folder_), true, [this](const WalRecord& record) { note(record); });
    if (!report) return fail(report.error().text());
    std::string damages;
    for (const WalDamage& damage : report->damages)
        damages += damage.place.path + " at byte " + std::to_string(damage.place.offset) + ": " +
                   damage.what + " (" + std::to_string(damage.bytes) + " bytes)\n";
    if (!damages.empty()) return fail(damages + advice);
    // Of a log that has no files left the numbers begin anew: files that are gone must not return.
    if (auto synced = io_.sync_folder(wal_folder(folder_)); !synced)
        return fail(synced.error().text());
    if (report->tail_cut)
        found_.report.notes.push_back(report->tail.path + ": the last " +
                                      std::to_string(report->tail_bytes) + " bytes, from byte " +
                                      std::to_string(report->tail.offset) +
                                      ", were never finished: cut");
    const auto files = io_.list(wal_folder(folder_));
    if (!files) return fail(files.error().text());
    for (const std::uint64_t number : report->files) {
        std::uint64_t bytes = 0;
        for (const FileEntry& file : *files)
            if (file.name == wal_format::file_name(number)) bytes = file.bytes;
        found_.log_files.emplace_back(number, bytes);
        found_.report.log_bytes += bytes;
    }
    if (!report->files.empty()) found_.next_file = report->files.back() + 1;
    found_.next_batch = report->last_batch + 1;
    return {};
}

void Recovery::note(const WalRecord& record) {
    stop_ = read_stop(record);
    if (const auto settle = read_settle(record)) note_settle(*settle);
    if (const auto entry = read_entry(record)) {
        auto& last = found_.queues[entry->queue].last_position;
        last = std::max(last, entry->head.position);
    }
    if (const auto flushed = read_flushed(record)) {
        RecoveredQueue& queue = found_.queues[flushed->queue];
        queue.flushed_through = std::max(queue.flushed_through, flushed->through);
        queue.last_position = std::max(queue.last_position, flushed->through);
    }
    if (const auto state = read_run_state(record)) {
        run_states_[{state->segment, state->run}] = as_text(state->state);
        found_.next_segment = std::max(found_.next_segment, state->segment + 1);
    }
}

void Recovery::note_settle(const SettleRecord& settle) {
    RecoveredQueue& queue = found_.queues[settle.queue];
    for (const PositionRange& range : settle.ranges) {
        queue.last_position = std::max(queue.last_position, range.last);
        if (!queue.settled.empty() && queue.settled.back().last + 1 == range.first)
            queue.settled.back().last = range.last;
        else
            queue.settled.push_back(range);
    }
}

Recovery::Done Recovery::settle_runs() {
    std::map<std::uint64_t, RecoveredSegment> segments;
    for (const SegmentSummary& segment : segments_)
        segments[segment.number] = {segment.number, segment.bytes, 0, 0};
    for (auto& [id, queue] : found_.queues) {
        join(queue.settled);
        for (RecoveredRun& recovered : queue.runs) {
            if (auto done = settle_run(queue, recovered); !done) return done;
            RecoveredSegment& segment = segments[recovered.run.segment()];
            segment.entries += recovered.run.count();
            segment.dead += recovered.run.count() - recovered.run.live();
            found_.report.entries += recovered.run.live();
        }
    }
    for (const auto& [number, segment] : segments)
        found_.segments.push_back(segment);
    return {};
}

Recovery::Done Recovery::settle_run(RecoveredQueue& queue, RecoveredRun& recovered) {
    Run& run = recovered.run;
    const auto summary = std::ranges::find(segments_, run.segment(), &SegmentSummary::number);
    const RunSummary& facts = summary->runs[run.place()];
    if (const auto state = run_states_.find({run.segment(), run.place()});
        state != run_states_.end())
        if (!run.apply_state(as_bytes(state->second)))
            return fail(segment_path(segments_folder(folder_), run.segment()) + ": run " +
                        std::to_string(run.place()) +
                        ": the log's record of it cannot be understood" + advice);
    auto range =
        std::ranges::lower_bound(queue.settled, run.first_position(), {}, &PositionRange::last);
    const bool touched = range != queue.settled.end() && range->first <= run.last_position();
    recovered.figures = {facts.count, facts.body_bytes, facts.count, facts.body_bytes};
    if (!touched && run.live() == run.count() && facts.persistent_count == facts.count) return {};
    auto file = open(run.segment());
    if (!file) return fail(file.error().text() + advice);
    const auto rows = (*file)->read_rows(facts, 0, facts.count);
    if (!rows) return fail(rows.error().text() + advice);
    recovered.figures = {};
    for (std::uint32_t row = 0; row < facts.count; ++row) {
        const EntryHead& head = (*rows)[row].head;
        while (range != queue.settled.end() && range->last < head.position)
            ++range;
        const bool settled = range != queue.settled.end() && range->first <= head.position;
        if (settled || !head.persistent) run.settle_row(row);
        if (run.is_settled(row)) continue;
        ++recovered.figures.entries;
        recovered.figures.body_bytes += head.body_bytes;
    }
    recovered.figures.persistent = recovered.figures.entries;
    recovered.figures.persistent_body_bytes = recovered.figures.body_bytes;
    recovered.settled = true;
    return {};
}

Result<SegmentFile*, SegmentFault> Recovery::open(std::uint64_t segment) {
    if (const auto found = open_.find(segment); found != open_.end()) return found->second.get();
    auto opened = SegmentFile::open(io_, segment_path(segments_folder(folder_), segment));
    if (!opened) return fail(std::move(opened.error()));
    if (open_.size() == open_max) open_.clear();
    return (open_[segment] = std::move(*opened)).get();
}

Recovery::Done Recovery::read_entries() {
    const auto report = read_wal(io_, wal_folder(folder_), false,
                                 [this](const WalRecord& record) { keep(record); });
    if (!report) return fail(report.error().text());
    bodies_.clear();
    open_.clear();
    for (auto& [id, queue] : found_.queues) {
        found_.report.entries += queue.entries.size();
        queue.settled = {};
    }
    return {};
}

void Recovery::keep(const WalRecord& record) {
    if (std::exchange(batch_, record.batch_number) != record.batch_number) bodies_.clear();
    if (const auto body = read_body(record))
        bodies_[body->number] =
            std::make_shared<const std::vector<std::byte>>(body->body.begin(), body->body.end());
    const auto entry = read_entry(record);
    if (!entry) return;
    RecoveredQueue& queue = found_.queues[entry->queue];
    const std::uint64_t position = entry->head.position;
    const auto range = std::ranges::lower_bound(queue.settled, position, {}, &PositionRange::last);
    if (range != queue.settled.end() && range->first <= position) return;
    if (position <= queue.flushed_through) {
        queue.passed_over = true;
        return;
    }
    RecoveredEntry kept{entry->head, record.file_number, queue.payloads.size(),
                        static_cast<std::uint32_t>(entry->payload.size()), nullptr};
    if (entry->body != 0) kept.body = bodies_[entry->body];
    queue.payloads.insert(queue.payloads.end(), entry->payload.begin(), entry->payload.end());
    queue.entries.push_back(std::move(kept));
}

}  // namespace

Result<Recovered, std::string> recover_shard(FileIo& io, const std::string& shard_folder) {
    return Recovery(io, shard_folder).run();
}

}  // namespace warren::storage
