#include "storage/segment_copy.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace warren::storage {

// Planned on the shard, worked on by the store lane, landed on the shard.
struct SegmentCopy::Job {
    struct PlannedRun {
        QueueId queue;
        std::uint64_t flushed_through = 0;
        std::uint64_t segment = 0;
        std::uint32_t place = 0;
        bool follows = false;  // the planned run before it
        std::vector<bool> live;
    };

    explicit Job(std::uint64_t number) : builder(number) {}

    std::vector<std::uint64_t> sources;
    std::vector<PlannedRun> runs;
    std::uint64_t state_file = 0;
    SegmentBuilder builder;

    // The lane's answer.
    std::vector<EntryHead> heads;
    std::optional<SegmentSummary> copied;
    std::optional<IoError> error;
    std::optional<SegmentFault> fault;
    std::uint64_t faulty = 0;  // segment

    void work(FileIo& io, const std::string& folder);
    // In the order in which they were copied.
    std::vector<StoredQueue::CopiedEntry> copied_entries() const;
};

namespace {

// Bodies that several entries share lie still while the copy is made, so that they are copied once.
using Bodies = std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<std::byte>>;

class CopySink final : public LoadSink {
public:
    CopySink(SegmentBuilder& builder, std::vector<EntryHead>& heads, std::span<const IndexRow> rows,
             std::uint64_t segment, Bodies& bodies)
        : builder_(builder), heads_(heads), rows_(rows), segment_(segment), bodies_(bodies) {}

    void take(const LoadedEntry& entry) override {
        while (rows_[row_].head.position != entry.head.position)
            ++row_;
        ByteView body;
        if (!entry.body.empty()) {
            auto& kept = bodies_[{segment_, rows_[row_].body_offset}];
            if (kept.empty()) kept.assign(entry.body.begin(), entry.body.end());
            body = kept;
        }
        builder_.add({entry.head, {entry.payload, {}}, body});
        heads_.push_back(entry.head);
    }

private:
    SegmentBuilder& builder_;
    std::vector<EntryHead>& heads_;
    std::span<const IndexRow> rows_;
    const std::uint64_t segment_;
    Bodies& bodies_;
    std::size_t row_ = 0;
};

}  // namespace

void SegmentCopy::start(std::vector<std::uint64_t> segments) {
    job_ = std::make_shared<Job>(shared_.segments.take_number());
    job_->sources = std::move(segments);
    job_->state_file = shared_.commit.gathering_file();
    if (!plan(*job_)) {
        job_.reset();
        return;
    }
    wait_for_ = shared_.settled_by();
    shared_.commit.want_sync();
    go_on();
}

void SegmentCopy::go_on() {
    if (wait_for_ && shared_.is_safe(*wait_for_)) begin();
}

void SegmentCopy::abandon() {
    if (std::exchange(wait_for_, std::nullopt)) job_.reset();
}

void SegmentCopy::begin() {
    wait_for_.reset();
    shared_.segments.lane().submit([job = job_, &io = shared_.segments.io(),
                                    folder = shared_.segments.folder()] { job->work(io, folder); },
                                   [this] { land(); });
}

// False: nothing to copy, or a segment that cannot be read.
bool SegmentCopy::plan(Job& job) {
    std::set<QueueId> concerned;
    for (const std::uint64_t segment : job.sources) {
        auto file = shared_.segments.open(segment);
        if (!file) {
            shared_.segments.keep_damaged(segment);
            shared_.events.damage_found(file.error().text());
            return false;
        }
        for (const RunSummary& run : (*file)->summary().runs)
            concerned.insert(run.queue);
        job.builder.add_replaced(segment);
    }
    for (const QueueId id : concerned) {
        const auto found = queues_.find(id);
        if (found == queues_.end()) continue;
        const StoredQueue& queue = *found->second;
        queue.for_each_run_in(job.sources, [&](std::uint8_t, const Run& run, bool follows) {
            std::vector<bool> live(run.count());
            for (std::uint32_t row = 0; row < run.count(); ++row)
                live[row] = !run.is_settled(row);
            job.runs.push_back({id, queue.flushed_through(), run.segment(), run.place(), follows,
                                std::move(live)});
        });
    }
    return !job.runs.empty();
}

void SegmentCopy::Job::work(FileIo& io, const std::string& folder) {
    std::map<std::uint64_t, std::unique_ptr<SegmentFile>> files;
    Bodies bodies;
    for (const PlannedRun& run : runs) {
        auto& file = files[run.segment];
        faulty = run.segment;
        if (file == nullptr) {
            auto opened = SegmentFile::open(io, segment_path(folder, run.segment));
            if (!opened) {
                fault = std::move(opened.error());
                return;
            }
            file = std::move(*opened);
        }
        const RunSummary& summary = file->summary().runs[run.place];
        auto rows = file->read_rows(summary, 0, summary.count);
        if (!rows) {
            fault = std::move(rows.error());
            return;
        }
        std::erase_if(*rows, [&](const IndexRow& row) { return !run.live[row.number]; });
        if (!run.follows) builder.begin_queue(run.queue, run.flushed_through);
        CopySink sink(builder, heads, *rows, run.segment, bodies);
        file->read_entries(summary, *rows, sink,
                           [&](const IndexRow&, const SegmentFault& found) { fault = found; });
        if (fault) return;
    }
    auto written = builder.write(io, folder);
    if (written)
        copied = std::move(*written);
    else
        error = std::move(written.error());
}

// All that lived in the planned runs.
std::vector<StoredQueue::CopiedEntry> SegmentCopy::Job::copied_entries() const {
    std::vector<StoredQueue::CopiedEntry> entries;
    auto head = heads.begin();
    for (const PlannedRun& run : runs)
        for (std::uint32_t row = 0; row < run.live.size(); ++row)
            if (run.live[row]) entries.push_back({*head++, run.segment, run.place, row});
    return entries;
}

void SegmentCopy::land() {
    const std::shared_ptr<Job> job = std::exchange(job_, nullptr);
    if (job->fault) {
        // Everything stays where it is; whoever needs the damaged entry will hear of it.
        shared_.segments.keep_damaged(job->faulty);
        shared_.events.damage_found(job->fault->text());
        return;
    }
    if (job->error) return failed_(*job->error);
    const SegmentSummary& segment = *job->copied;
    std::map<QueueId, std::vector<StoredQueue::CopiedRun>> copies;
    const std::vector<StoredQueue::CopiedEntry> entries = job->copied_entries();
    auto entry = entries.begin();
    for (std::uint32_t place = 0; place < segment.runs.size(); ++place) {
        const RunSummary& run = segment.runs[place];
        copies[run.queue].push_back({place, {entry, entry + run.count}});
        entry += run.count;
    }
    shared_.segments.add(segment.number, segment.bytes, entries.size());
    for (const auto& [id, runs] : copies) {
        if (const auto found = queues_.find(id); found != queues_.end()) {
            found->second->replace_runs(job->sources, segment, runs, job->state_file);
            continue;
        }
        for (const auto& run : runs)
            shared_.segments.settled(segment.number, run.entries.size());
    }
}

}  // namespace warren::storage
