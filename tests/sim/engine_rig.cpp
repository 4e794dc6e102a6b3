#include "tests/sim/engine_rig.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "storage/segment.h"

namespace warren::sim {

using storage::CommitNumber;
using storage::EngineState;

namespace {
constexpr const char* shard_folder = "shard";
}

storage::LogEngineOptions tiny_engine_options() {
    return {.folder = shard_folder,
            .wal_file_bytes = 4u << 10,
            .wal_bytes_max = 20u << 10,
            .unflushed_bytes_max = 8u << 10,
            .small_segment_bytes = 2u << 10,
            .waiting_bytes_max = 32u << 10,
            .lazy_sync_ms = 200};
}

// ---- the life of a process ----

Result<void, std::string> EngineRig::open() {
    auto opened = storage::LogEngine::open(options_, disk, log_lane, store_lane, *this);
    if (!opened) return fail(std::move(opened.error()));
    engine_ = std::move(*opened);
    opened_at_ = durable_ = last_commit_ = engine_->durable_through();
    told_state_ = EngineState::healthy;
    for (const QueueId id : existing_) {
        auto queue = std::make_unique<ModelQueue>(id, ledger);
        queue->attach(*engine_);
        queues_.emplace(id, std::move(queue));
    }
    engine_->drop_unclaimed();
    return {};
}

Result<void, std::string> EngineRig::start() {
    auto opened = open();
    if (!opened) return opened;
    for (const auto& [id, queue] : queues_)
        queue->load_all();
    return {};
}

Result<void, std::string> EngineRig::start_and_judge() {
    if (auto seen = start(); !seen) return seen;
    check_stop();
    for (const auto& [id, queue] : queues_) {
        ledger.judge(id, queue->numbers(), promised_, durable_ + 1);
        queue->detach();
    }
    const auto seen = std::exchange(queues_, {});
    end_process();
    if (auto opened = open(); !opened) return opened;
    delivered_.reset();
    for (const auto& [id, queue] : queues_)
        queue->expect_paged(*seen.at(id));
    check_queues();
    return {};
}

void EngineRig::check_stop() const {
    if (!delivered_) return;
    require(engine_->recovery().stopped_in_order, "it was stopped in good order");
    for (const auto& [id, queue] : queues_) {
        const auto found = delivered_->find(id);
        const std::uint64_t delivered = found == delivered_->end() ? 0 : found->second;
        require(queue->size() == 0 || queue->restored().delivered_through == delivered,
                "queue {}: delivered through {} and not {}", id.value,
                queue->restored().delivered_through, delivered);
    }
}

void EngineRig::end_process() {
    log_lane.drop_all();
    store_lane.drop_all();
    queues_.clear();
    engine_.reset();
}

void EngineRig::crash(Crash crash) {
    if (runs()) promised_ = crash == Crash::power_loss ? durable_ : written_through();
    // After the process has died the power goes, too, before anybody has synced anything.
    else if (crash == Crash::power_loss)
        promised_ = durable_;
    end_process();
    disk.restart(crash);
}

void EngineRig::stop(const std::map<QueueId, std::uint64_t>& delivered) {
    bool stopped = false;
    engine_->stop(
        [&](QueueId id) {
            const auto found = delivered.find(id);
            return found == delivered.end() ? 0 : found->second;
        },
        [&] { stopped = true; });
    ledger.end_turn(last_commit_ + 1);
    for (int turn = 0; turn < 1000 && !stopped && !disk.is_off(); ++turn) {
        engine_->end_turn(now_, false);
        run_lanes();
    }
    require(stopped || disk.is_off(), "the engine does not stop");
    promised_ = durable_;
    if (stopped && told_state_ == EngineState::healthy) delivered_ = delivered;
    end_process();
}

// ---- on the shard ----

ModelQueue& EngineRig::add_queue(std::uint64_t id) {
    auto queue = std::make_unique<ModelQueue>(QueueId{id}, ledger);
    queue->attach(*engine_);
    existing_.push_back(QueueId{id});
    return *(queues_[QueueId{id}] = std::move(queue));
}

void EngineRig::remove_queue(QueueId id) {
    queues_.at(id)->remove();
    queues_.erase(id);
    std::erase(existing_, id);
}

CommitNumber EngineRig::end_turn(bool sync) {
    const CommitNumber commit = engine_->end_turn(now_, sync);
    require(commit >= last_commit_ || commit == durable_, "commit {} comes after {}", commit,
            last_commit_);
    last_commit_ = std::max(last_commit_, commit);
    ledger.end_turn(commit);
    return commit;
}

// ---- time ----

void EngineRig::run_lanes() {
    while (!log_lane.idle() || !store_lane.idle()) {
        if (!log_lane.idle()) log_lane.run_one();
        if (!store_lane.idle()) store_lane.run_one();
        if (disk.is_off()) return;
        end_turn(false);
    }
}

void EngineRig::run_for(std::int64_t ms) {
    const Instant end = now_.plus_ms(ms);
    while (now_ < end && !disk.is_off()) {
        end_turn(false);
        run_lanes();
        const Instant wanted = std::max(engine_->next_deadline(), now_.plus_ms(1));
        now_ = std::min({wanted, now_.plus_ms(500), end});
    }
    end_turn(false);
}

void EngineRig::commit() {
    end_turn(true);
    run_lanes();
}

void EngineRig::check_queues() const {
    for (const auto& [id, queue] : queues_)
        queue->check();
}

// ---- what was seen ----

CommitNumber EngineRig::written_through() const {
    return opened_at_ + engine_->stats().batches;
}

std::vector<std::string> EngineRig::segment_paths() {
    std::vector<std::string> paths;
    const std::string folder = std::string(shard_folder) + "/segments";
    const auto files = disk.list(folder);
    if (files)
        for (const storage::FileEntry& file : *files)
            if (storage::segment_number_of(file.name)) paths.push_back(folder + "/" + file.name);
    return paths;
}

std::string EngineRig::describe_disk() {
    std::string text;
    for (const char* part : {"wal", "segments"}) {
        const auto files = disk.list(std::string(shard_folder) + "/" + part);
        if (!files) continue;
        for (const storage::FileEntry& file : *files)
            text += fmt::format("  {}/{}: {} bytes\n", part, file.name, file.bytes);
    }
    for (const std::string& path : segment_paths()) {
        const auto file = storage::SegmentFile::open(disk, path);
        if (!file) continue;
        const storage::SegmentSummary& segment = (*file)->summary();
        text += fmt::format("  segment {} replaces {{{}}}:", segment.number,
                            fmt::join(segment.replaces, ", "));
        for (const storage::RunSummary& run : segment.runs)
            text +=
                fmt::format(" queue {} level {} [{}-{}] through {};", run.queue.value, run.level,
                            run.first_position, run.last_position, run.flushed_through);
        text += "\n";
    }
    return text;
}

std::uint64_t EngineRig::files_in(const std::string& part) {
    const auto files = disk.list(std::string(shard_folder) + "/" + part);
    return files ? files->size() : 0;
}

std::uint64_t EngineRig::bytes_in(const std::string& part) {
    const auto files = disk.list(std::string(shard_folder) + "/" + part);
    std::uint64_t bytes = 0;
    if (files)
        for (const storage::FileEntry& file : *files)
            bytes += file.bytes;
    return bytes;
}

void EngineRig::durable(CommitNumber through) {
    require(told_state_ != EngineState::failed, "commit {} is durable on a broken disk", through);
    require(through >= durable_, "commit {} is durable after {}", through, durable_);
    durable_ = through;
}

void EngineRig::state_changed(EngineState state, const std::string& text) {
    told_state_ = state;
    told_.push_back(text);
}

void EngineRig::damage_found(const std::string& text) {
    damages_.push_back(text);
}

}  // namespace warren::sim
