#include "storage/log_retirement.h"

#include <algorithm>
#include <optional>

#include "base/ensure.h"

namespace warren::storage {

struct LogRetirement::Writing {
    SegmentBuilder segment;
    std::optional<Result<SegmentSummary, IoError>> result;
};

void LogRetirement::retire(std::uint64_t log_file) {
    ENSURE(!busy());
    log_file_ = log_file;
    writing_ = std::make_shared<Writing>(SegmentBuilder(shared_.segments.take_number()));
    for (std::uint64_t number = shared_.files.oldest(); number <= log_file; ++number)
        for (const QueueId queue : shared_.files.at(number).appenders)
            if (const auto found = queues_.find(queue); found != queues_.end())
                add_queue(queue, found->second->last_position_in(log_file));
    wait_for_settlements();
}

void LogRetirement::spill(const std::map<QueueId, std::uint64_t>& queues) {
    ENSURE(!busy());
    log_file_ = 0;
    writing_ = std::make_shared<Writing>(SegmentBuilder(shared_.segments.take_number()));
    for (const auto& [queue, through] : queues)
        add_queue(queue, through);
    wait_for_settlements();
}

void LogRetirement::wait_for_settlements() {
    step_ = Step::settlements_gather;
    wait_for_ = shared_.settled_by();
    if (shared_.is_safe(wait_for_)) return write();
    shared_.commit.want_sync();
}

void LogRetirement::abandon() {
    if (step_ != Step::settlements_gather) return;
    abandon_flushes();
    writing_.reset();
    step_ = Step::none;
}

void LogRetirement::abandon_flushes() {
    for (const QueueId queue : moving_)
        if (const auto found = queues_.find(queue); found != queues_.end())
            found->second->abandon_flush();
    moving_.clear();
}

void LogRetirement::add_queue(QueueId queue, std::uint64_t through) {
    const auto found = queues_.find(queue);
    if (found == queues_.end() || found->second->flushing()) return;
    found->second->begin_flush(through, writing_->segment);
    if (found->second->flushing()) moving_.push_back(queue);
}

void LogRetirement::write() {
    step_ = Step::writing;
    if (writing_->segment.empty()) {
        // Everything in these files has been settled.
        writing_->result = SegmentSummary{};
        return written(*writing_);
    }
    shared_.segments.lane().submit(
        [writing = writing_, &io = shared_.segments.io(), folder = shared_.segments.folder()] {
            writing->result = writing->segment.write(io, folder);
        },
        [this, writing = writing_] { written(*writing); });
}

void LogRetirement::written(Writing& writing) {
    const Result<SegmentSummary, IoError>& result = *writing.result;
    if (!result) {
        abandon_flushes();
        step_ = Step::none;
        const IoError error = result.error();
        writing_.reset();
        return failed_(error);
    }
    std::unordered_map<QueueId, std::vector<std::uint32_t>> places;
    std::uint64_t entries = 0;
    for (std::uint32_t place = 0; place < result->runs.size(); ++place) {
        places[result->runs[place].queue].push_back(place);
        entries += result->runs[place].count;
    }
    if (entries != 0) {
        shared_.segments.add(result->number, result->bytes, entries);
        ++shared_.retired.segments;
        shared_.retired.entries += entries;
        shared_.retired.bytes += result->bytes;
    }
    for (const QueueId queue : moving_)
        if (const auto found = queues_.find(queue); found != queues_.end())
            found->second->end_flush(*result, places[queue]);
    // Queues that were deleted meanwhile.
    for (const auto& run : result->runs)
        if (!queues_.contains(run.queue)) shared_.segments.settled(result->number, run.count);
    moving_.clear();
    writing_.reset();
    if (log_file_ == 0)
        step_ = Step::none;
    else
        log_states();
}

void LogRetirement::log_states() {
    std::vector<QueueId> settlers;
    for (std::uint64_t number = shared_.files.oldest(); number <= log_file_; ++number) {
        const auto& of_file = shared_.files.at(number).settlers;
        settlers.insert(settlers.end(), of_file.begin(), of_file.end());
    }
    std::ranges::sort(settlers);
    const auto [first, last] = std::ranges::unique(settlers);
    settlers.erase(first, last);
    for (const QueueId queue : settlers)
        if (const auto found = queues_.find(queue); found != queues_.end())
            found->second->log_run_states(log_file_);
    const std::uint64_t gathering = shared_.commit.gathering_file();
    shared_.segments.for_each_dead_run(log_file_, [&](std::uint64_t segment, DeadRun& dead) {
        add_run_state(shared_.commit.gathering(),
                      {dead.queue, segment, dead.place, as_bytes(dead.state)});
        dead.state_file = gathering;
    });
    if (shared_.commit.gathering().empty()) return remove_files();
    step_ = Step::states_gather;
    wait_for_ = shared_.commit.gathering_number();
    shared_.commit.want_sync();
}

void LogRetirement::go_on() {
    if (step_ == Step::settlements_gather && shared_.is_safe(wait_for_))
        write();
    else if (step_ == Step::states_gather && shared_.commit.durable_through() >= wait_for_)
        remove_files();
}

void LogRetirement::remove_files() {
    step_ = Step::files_go;
    shared_.segments.after_removals([this] {
        shared_.files.retire(log_file_);
        shared_.commit.retire(log_file_);
        step_ = Step::none;
    });
}

}  // namespace warren::storage
