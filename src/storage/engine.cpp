#include "storage/engine.h"

#include <algorithm>
#include <utility>

#include "base/ensure.h"

namespace warren::storage {

namespace {

constexpr std::int64_t look_ms = 2000;
constexpr std::int64_t retry_ms = 1000;
// What one retirement moves, and one copy.
constexpr std::uint64_t task_bytes_max = 8u << 20;
// So many times what should be in log files only is too much: publishers wait for the disk.
constexpr std::uint64_t unflushed_factor_max = 3;

GroupCommitOptions commit_options(const LogEngineOptions& options, const Recovered& recovered) {
    return {wal_folder(options.folder), options.wal_file_bytes, options.lazy_sync_ms,
            recovered.next_file, recovered.next_batch};
}

std::uint64_t oldest_file(const Recovered& recovered) {
    return recovered.log_files.empty() ? recovered.next_file : recovered.log_files.front().first;
}

}  // namespace

Result<std::unique_ptr<LogEngine>, std::string> LogEngine::open(LogEngineOptions options,
                                                                FileIo& io, Background& log_lane,
                                                                Background& store_lane,
                                                                EngineEvents& events) {
    auto recovered = recover_shard(io, options.folder);
    if (!recovered) return fail(std::move(recovered.error()));
    return std::make_unique<Engine>(std::move(options), io, log_lane, store_lane, events,
                                    std::move(*recovered));
}

Engine::Engine(LogEngineOptions options, FileIo& io, Background& log_lane, Background& store_lane,
               EngineEvents& events, Recovered recovered)
    : options_(std::move(options)),
      events_(events),
      report_(std::move(recovered.report)),
      recovered_(std::move(recovered.queues)),
      files_(oldest_file(recovered)),
      segments_(io, segments_folder(options_.folder), store_lane, *this, recovered.next_segment,
                [this](const IoError& error) { commit_.fail_with(error); }),
      commit_(commit_options(options_, recovered), io, log_lane, *this),
      shared_{commit_, files_, segments_, events},
      retirement_(shared_, queues_, [this](const IoError& error) { task_failed(error); }),
      copy_(shared_, queues_, [this](const IoError& error) { task_failed(error); }) {
    for (const auto& [number, bytes] : recovered.log_files)
        files_.close(number, bytes);
    for (const RecoveredSegment& segment : recovered.segments) {
        segments_.add(segment.number, segment.bytes, segment.entries);
        if (segment.dead != 0) segments_.settled(segment.number, segment.dead);
    }
    if (!recovered.log_files.empty() || segments_.count() != 0) look_at_ = Instant{INT64_MIN};
}

// ---- queues ----

std::unique_ptr<QueueLog> Engine::attach(QueueId id, EntryOwner& owner, LoadSink& restore,
                                         Restored& restored) {
    auto queue = std::make_unique<StoredQueue>(id, owner, shared_, queues_);
    const auto found = recovered_.find(id);
    if (found == recovered_.end()) return queue;
    RecoveredQueue& recovered = found->second;
    restored = {recovered.last_position, recovered.delivered_through};
    claim(*queue, recovered, files_.oldest(), restore);
    // The stop of the last process must not be the last word either: from now on messages may be
    // delivered without a trace in the log.
    if (recovered.passed_over || report_.stopped_in_order) {
        add_flushed(commit_.gathering(), {id, recovered.flushed_through});
        commit_.want_sync();
        shared_.appended = true;
    }
    recovered_.erase(found);
    return queue;
}

void Engine::claim(StoredQueue& queue, RecoveredQueue& recovered, std::uint64_t oldest_file,
                   LoadSink& restore) {
    queue.restore(recovered.flushed_through, recovered.last_position);
    // Where exactly the log speaks of a run is not known any more.
    for (RecoveredRun& run : recovered.runs)
        queue.restore_run(std::move(run.run), run.figures, run.settled ? oldest_file : 0);
    for (const RecoveredEntry& entry : recovered.entries) {
        queue.restore_entry(entry.head.position, entry.file_number);
        const ByteView body = entry.body == nullptr ? ByteView() : ByteView(*entry.body);
        restore.take({entry.head,
                      ByteView(recovered.payloads).subspan(entry.payload_at, entry.payload_bytes),
                      body});
    }
}

void Engine::drop_unclaimed() {
    for (auto& [id, queue] : std::exchange(recovered_, {}))
        for (const RecoveredRun& recovered : queue.runs)
            if (recovered.run.live() != 0)
                segments_.settled(recovered.run.segment(), recovered.run.live());
}

// ---- turns ----

CommitNumber Engine::end_turn(Instant now, bool sync) {
    now_ = now;
    log_settlements();
    shared_.bodies.forget();
    const bool appended = std::exchange(shared_.appended, false);
    active_ |= appended;
    // What came of a queue that was deleted in the same turn may be nothing.
    const bool gathers =
        appended && (!commit_.gathering().empty() || state() == EngineState::failed);
    const CommitNumber wait_for = gathers ? commit_.gathering_number() : durable_through();
    if (gathers && sync && !options_.written_is_durable) commit_.want_sync();
    if (!stopping_) start_tasks(now);
    if (stop_record_ && !retirement_.writes()) log_stop();
    commit_.end_turn(now);
    if (stopped_ != nullptr && idle()) std::exchange(stopped_, nullptr)();
    return wait_for;
}

void Engine::log_settlements() {
    for (StoredQueue* queue : shared_.settling)
        queue->log_settlements();
    shared_.settling.clear();
}

Instant Engine::next_deadline() const {
    // What a task ends with brings a turn of its own.
    const bool tasks_may_start = !retirement_.busy() && !copy_.busy() && !stopping_ &&
                                 commit_.state() != EngineState::failed;
    if (!tasks_may_start) return commit_.next_deadline();
    // What waits to be tried again keeps everything else waiting.
    return std::min(commit_.next_deadline(), retry_at_ != Instant::never() ? retry_at_ : look_at_);
}

bool Engine::congested() const {
    return commit_.waiting_bytes() > options_.waiting_bytes_max ||
           files_.live_bytes() > options_.unflushed_bytes_max * unflushed_factor_max;
}

EngineState Engine::state() const {
    if (commit_.state() != EngineState::healthy) return commit_.state();
    return task_disk_full_ ? EngineState::disk_full : EngineState::healthy;
}

// One task at a time. None before all queues that exist are attached: what is not would be taken
// for settled.
void Engine::start_tasks(Instant now) {
    if (active_ && look_at_ == Instant::never()) look_at_ = now.plus_ms(look_ms);
    if (retirement_.busy() || copy_.busy() || commit_.state() == EngineState::failed) return;
    if (!recovered_.empty() || (retry_at_ != Instant::never() && now < retry_at_)) return;
    const bool retries = std::exchange(retry_at_, Instant::never()) != Instant::never();
    if (!retries) end_disk_full();
    start_task(now);
    // There is nothing left to be tried again.
    if (!retirement_.busy() && !copy_.busy() && retry_at_ == Instant::never()) end_disk_full();
}

void Engine::end_disk_full() {
    if (std::exchange(task_disk_full_, false))
        events_.state_changed(state(), "there is space on the disk again: old log files go");
}

// Retiring comes before copying.
void Engine::start_task(Instant now) {
    if (!shared_.spills.empty()) return retirement_.spill(std::exchange(shared_.spills, {}));
    const std::uint64_t last =
        files_.last_to_retire(options_.wal_bytes_max, options_.unflushed_bytes_max, task_bytes_max);
    if (last != 0) return retirement_.retire(last);
    if (now >= look_at_) look_at_ = look_around() ? now.plus_ms(look_ms) : Instant::never();
}

// When it is quiet, log files with little or nothing that lives go, and segments are put in order.
// False: there is nothing more to look for until something happens.
bool Engine::look_around() {
    const bool quiet = !std::exchange(active_, false);
    const std::uint64_t last = std::max(
        files_.last_dead(), files_.last_to_retire(2 * options_.wal_file_bytes,
                                                  options_.unflushed_bytes_max, task_bytes_max));
    if (quiet && last != 0) {
        retirement_.retire(last);
        return true;
    }
    auto worth = segments_.worth_copying(options_.small_segment_bytes, task_bytes_max);
    if (!worth.empty()) {
        copy_.start(std::move(worth));
        return true;
    }
    return !quiet;
}

void Engine::task_failed(const IoError& error) {
    if (!error.disk_full()) return commit_.fail_with(error);
    retry_at_ = now_.plus_ms(retry_ms);
    if (std::exchange(task_disk_full_, true)) return;
    events_.state_changed(EngineState::disk_full,
                          error.text() +
                              ": messages stay in the log and in memory until there is "
                              "space; tried again each second");
}

void Engine::batch_written(CommitNumber through) {
    if (options_.written_is_durable) events_.durable(through);
}

void Engine::batch_durable(CommitNumber through) {
    if (!options_.written_is_durable) events_.durable(through);
    settlements_go_on();
}

// A copy before the end of its sources.
void Engine::settlements_go_on() {
    retirement_.go_on();
    copy_.go_on();
    segments_.go_on();
}

void Engine::file_closed(std::uint64_t file_number, std::uint64_t bytes) {
    files_.close(file_number, bytes);
}

void Engine::commit_state_changed(EngineState, const std::string& text) {
    events_.state_changed(state(), text);
    settlements_go_on();
}

// ---- the end ----

void Engine::stop(const std::function<std::uint64_t(QueueId)>& delivered_through,
                  std::move_only_function<void()> done) {
    ENSURE(!stopping_);
    stopping_ = true;
    stopped_ = std::move(done);
    retirement_.abandon();
    copy_.abandon();
    log_settlements();
    stop_record_.emplace();
    for (const auto& [id, queue] : queues_)
        if (!queue->empty())
            stop_record_->delivered_through.emplace_back(id, delivered_through(id));
}

// It must be the last record of all: a retirement may still have some.
void Engine::log_stop() {
    if (commit_.state() != EngineState::failed) {
        add_stop(commit_.gathering(), *stop_record_);
        commit_.want_sync();
    }
    stop_record_.reset();
}

// A disk that is full, or broken, will not be waited for.
bool Engine::idle() const {
    const bool stuck = commit_.state() != EngineState::healthy && !commit_.in_flight();
    if (!segments_.idle() || copy_.busy() || stop_record_) return false;
    return stuck ? !retirement_.writes() : commit_.idle() && !retirement_.busy();
}

void EngineStats::add(const EngineStats& more) {
    constexpr std::uint64_t EngineStats::* figures[] = {&EngineStats::syncs,
                                                        &EngineStats::batches,
                                                        &EngineStats::written_bytes,
                                                        &EngineStats::wal_files,
                                                        &EngineStats::segments,
                                                        &EngineStats::segment_bytes,
                                                        &EngineStats::waiting_bytes,
                                                        &EngineStats::unflushed_bytes,
                                                        &EngineStats::wal_files_begun,
                                                        &EngineStats::segments_written,
                                                        &EngineStats::segment_entries_written,
                                                        &EngineStats::segment_bytes_written};
    static_assert(sizeof(figures) / sizeof(figures[0]) ==
                  sizeof(EngineStats) / sizeof(std::uint64_t));
    for (const auto figure : figures)
        this->*figure += more.*figure;
}

EngineStats Engine::stats() const {
    EngineStats stats;
    stats.syncs = commit_.syncs();
    stats.batches = commit_.batches();
    stats.written_bytes = commit_.written_bytes();
    stats.wal_files = files_.count();
    stats.segments = segments_.count();
    stats.segment_bytes = segments_.bytes();
    stats.waiting_bytes = commit_.waiting_bytes();
    stats.unflushed_bytes = files_.live_bytes();
    stats.wal_files_begun = commit_.files_begun();
    stats.segments_written = shared_.retired.segments;
    stats.segment_entries_written = shared_.retired.entries;
    stats.segment_bytes_written = shared_.retired.bytes;
    return stats;
}

}  // namespace warren::storage
