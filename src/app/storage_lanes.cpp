#include "app/storage_lanes.h"

#include <utility>

#include "app/memory_release.h"
#include "base/ensure.h"

namespace warren::app {

void StorageLane::submit(Work work, Work done) {
    if (worker_)
        worker_->submit(*shard_, std::move(work), std::move(done));
    else
        waiting_.push_back({std::move(work), std::move(done)});
}

// Where it was taken: on the lane's thread.
void StorageLane::release_memory() {
    submit([] { release_unused_memory(); }, [] {});
}

bool StorageLane::work_off(const std::function<bool()>& wanted) {
    ENSURE(!worker_);
    bool worked = false;
    while (!waiting_.empty() && wanted()) {
        Job job = std::move(waiting_.front());
        waiting_.pop_front();
        job.work();
        job.work = nullptr;  // as a lane with a thread does: before what comes of it
        job.done();
        worked = true;
    }
    return worked;
}

void StorageLane::attach(runtime::Shard& shard) {
    ENSURE(!worker_);
    shard_ = &shard;
    worker_.emplace(name_);
    for (Job& job : waiting_)
        worker_->submit(shard, std::move(job.work), std::move(job.done));
    waiting_.clear();
}

void StorageLane::stop() {
    if (worker_) worker_->stop();
}

}  // namespace warren::app
