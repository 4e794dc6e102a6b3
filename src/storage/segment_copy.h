#pragma once
// Copies what lives in segments that are mostly dead, or small and many, into a new one that
// replaces them. One copy at a time, and none while log files are being retired: a settlement that
// comes while the copy is under way is found by its position in a log file that is still there.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "storage/engine_shared.h"
#include "storage/log_retirement.h"
#include "storage/stored_queue.h"

namespace warren::storage {

class SegmentCopy {
public:
    using Failed = std::function<void(const IoError&)>;

    SegmentCopy(EngineShared& shared, StoredQueues& queues, Failed failed)
        : shared_(shared), queues_(queues), failed_(std::move(failed)) {}

    bool busy() const { return job_ != nullptr; }
    // Numbers rise. The copy is begun when all that is settled by now is durable, as a retirement
    // (LogRetirement).
    void start(std::vector<std::uint64_t> segments);
    // A batch is durable, or the disk is full.
    void go_on();
    // Gives up a copy that has not been begun.
    void abandon();

private:
    struct Job;

    bool plan(Job& job);
    void land();
    void begin();

    EngineShared& shared_;
    StoredQueues& queues_;
    Failed failed_;
    std::shared_ptr<Job> job_;
    std::optional<CommitNumber> wait_for_;  // the job has not been begun
};

}  // namespace warren::storage
