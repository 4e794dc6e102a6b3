#pragma once
// Moves what still lives out of old log files, or out of memory, into a segment. One such task at a
// time, in steps:
//
//   1. the queues concerned pass their entries on to a SegmentBuilder (shard)
//   2. what they have settled by then becomes durable: an entry that was replaced in the same batch
//      must not go before the one that takes its place is safe
//   3. the segment is written and synced (store lane)
//   4. the queues page out; what is settled in older runs is said anew in the log (shard)
//   5. once that is durable, and files that died are gone for good, the log files go (log lane)
//
// A spill ends with step 4, without saying anything anew: its log files stay. A crash between any
// two steps finds entries in the log and in a segment: recovery goes by flushed_through.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/engine_shared.h"
#include "storage/stored_queue.h"

namespace warren::storage {

using StoredQueues = std::unordered_map<QueueId, StoredQueue*>;

class LogRetirement {
public:
    // How a task that cannot be finished ends. A full disk is tried again later.
    using Failed = std::function<void(const IoError&)>;

    LogRetirement(EngineShared& shared, StoredQueues& queues, Failed failed)
        : shared_(shared), queues_(queues), failed_(std::move(failed)) {}

    bool busy() const { return step_ != Step::none; }
    // The store lane has a segment of this task.
    bool writes() const { return step_ == Step::writing; }
    // All log files up to that one, which is closed.
    void retire(std::uint64_t log_file);
    // Queues and the last position that is to go.
    void spill(const std::map<QueueId, std::uint64_t>& queues);
    // A batch is durable, or the disk is full.
    void go_on();
    // Gives up what has not come to a lane yet.
    void abandon();

private:
    enum class Step : std::uint8_t { none, settlements_gather, writing, states_gather, files_go };

    // What the lane works on.
    struct Writing;

    void add_queue(QueueId queue, std::uint64_t through);
    void wait_for_settlements();
    void write();
    void written(Writing& writing);
    void abandon_flushes();
    void log_states();
    void remove_files();

    EngineShared& shared_;
    StoredQueues& queues_;
    Failed failed_;
    Step step_ = Step::none;
    std::uint64_t log_file_ = 0;  // 0: a spill
    CommitNumber wait_for_ = 0;
    std::vector<QueueId> moving_;
    std::shared_ptr<Writing> writing_;
};

}  // namespace warren::storage
