#pragma once
// The LogEngine: joins group commit, the ledger of log files, segments, retirement and copying, and
// decides when each has its turn. Lives on the shard.
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "storage/engine_recovery.h"
#include "storage/engine_shared.h"
#include "storage/log_engine.h"
#include "storage/log_retirement.h"
#include "storage/segment_copy.h"
#include "storage/stored_queue.h"

namespace warren::storage {

class Engine final : public LogEngine, private CommitEvents, private SettlementClock {
public:
    Engine(LogEngineOptions options, FileIo& io, Background& log_lane, Background& store_lane,
           EngineEvents& events, Recovered recovered);

    const RecoveryReport& recovery() const override { return report_; }
    std::unique_ptr<QueueLog> attach(QueueId queue, EntryOwner& owner, LoadSink& restore,
                                     Restored& restored) override;
    bool has_recovered(QueueId queue) const override { return recovered_.contains(queue); }
    void drop_unclaimed() override;

    CommitNumber end_turn(Instant now, bool sync) override;
    CommitNumber durable_through() const override {
        return options_.written_is_durable ? commit_.written_through() : commit_.durable_through();
    }
    Instant next_deadline() const override;
    bool congested() const override;
    EngineState state() const override;
    void stop(const std::function<std::uint64_t(QueueId)>& delivered_through,
              std::move_only_function<void()> done) override;
    EngineStats stats() const override;

private:
    // ---- CommitEvents ----
    void batch_durable(CommitNumber through) override;
    void batch_written(CommitNumber through) override;
    void file_closed(std::uint64_t file_number, std::uint64_t bytes) override;
    void commit_state_changed(EngineState state, const std::string& text) override;

    // ---- SettlementClock ----
    CommitNumber settled_by() const override { return shared_.settled_by(); }
    bool is_safe(CommitNumber batch) const override { return shared_.is_safe(batch); }
    void want_safety() override { commit_.want_sync(); }

    void settlements_go_on();
    void log_settlements();
    void start_tasks(Instant now);
    void start_task(Instant now);
    void end_disk_full();
    void log_stop();
    bool look_around();
    void task_failed(const IoError& error);
    bool idle() const;
    static void claim(StoredQueue& queue, RecoveredQueue& recovered, std::uint64_t oldest_file,
                      LoadSink& restore);

    const LogEngineOptions options_;
    EngineEvents& events_;
    RecoveryReport report_;
    std::unordered_map<QueueId, RecoveredQueue> recovered_;

    LogFiles files_;
    SegmentStore segments_;
    GroupCommit commit_;
    EngineShared shared_;
    StoredQueues queues_;
    LogRetirement retirement_;
    SegmentCopy copy_;

    Instant now_{};
    Instant retry_at_ = Instant::never();  // of a task that found the disk full
    Instant look_at_ = Instant::never();   // when to look for what is worth copying or retiring
    bool task_disk_full_ = false;
    bool stopping_ = false;
    std::optional<StopRecord> stop_record_;  // until it is in the batch
    bool active_ = false;  // something was appended or settled since the last look
    std::move_only_function<void()> stopped_;
};

}  // namespace warren::storage
