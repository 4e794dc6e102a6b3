#pragma once
// Copies what lives in segments that are mostly dead, or small and many, into a new one that
// replaces them. One copy at a time, and none while log files are being retired: a settlement that
// comes while the copy is under way is found by its position in a log file that is still there.
#include <cstdint>
#include <functional>
#include <memory>
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
    // Numbers rise.
    void start(std::vector<std::uint64_t> segments);

private:
    struct Job;

    bool plan(Job& job);
    void land();

    EngineShared& shared_;
    StoredQueues& queues_;
    Failed failed_;
    std::shared_ptr<Job> job_;
};

}  // namespace warren::storage
