#include "app/storage_lanes.h"

#include <utility>

#include "base/ensure.h"

namespace warren::app {

void StorageLane::submit(Work work, Work done) {
    if (worker_)
        worker_->submit(*shard_, std::move(work), std::move(done));
    else
        waiting_.push_back({std::move(work), std::move(done)});
}

void StorageLane::work_off() {
    ENSURE(!worker_);
    while (!waiting_.empty()) {
        Job job = std::move(waiting_.front());
        waiting_.pop_front();
        job.work();
        job.work = nullptr;  // as a lane with a thread does: before what comes of it
        job.done();
    }
}

void StorageLane::attach(runtime::Shard& shard) {
    ENSURE(!worker_ && waiting_.empty());
    shard_ = &shard;
    worker_.emplace(name_);
}

void StorageLane::stop() {
    if (worker_) worker_->stop();
}

}  // namespace warren::app
