#include "runtime/worker.h"

#include <pthread.h>

#include <csignal>
#include <limits>
#include <utility>

#include "base/shard_bound.h"
#include "runtime/shard.h"

namespace warren::runtime {

namespace {

constexpr ShardId no_shard{std::numeric_limits<std::uint16_t>::max()};
constexpr std::size_t name_bytes_max = 15;

}  // namespace

Worker::Worker(const std::string& name) : thread_([this] { run(); }) {
    // Cosmetic: a failure does not matter.
    pthread_setname_np(thread_.native_handle(), name.substr(0, name_bytes_max).c_str());
}

Worker::~Worker() {
    stop();
}

void Worker::submit(Shard& shard, Function work, Function done) {
    bool must_wake = false;
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
        waiting_.push_back({std::move(work), std::move(done), &shard});
        must_wake = std::exchange(asleep_, false);
    }
    if (must_wake) wake_up_.notify_one();
}

void Worker::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_up_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Worker::run() {
    sigset_t all_signals;
    sigfillset(&all_signals);
    pthread_sigmask(SIG_BLOCK, &all_signals, nullptr);
    set_this_shard(no_shard);

    std::vector<Job> jobs;
    while (take(jobs)) {
        for (Job& job : jobs) {
            job.work();
            job.work = nullptr;
            job.shard->post_from_any_thread(std::move(job.done));
        }
        jobs.clear();
    }
}

// Waits for jobs and takes them all; false when there will be none.
bool Worker::take(std::vector<Job>& jobs) {
    std::unique_lock lock(mutex_);
    asleep_ = true;
    wake_up_.wait(lock, [this] { return !waiting_.empty() || stopping_; });
    asleep_ = false;
    jobs.swap(waiting_);
    return !jobs.empty();
}

}  // namespace warren::runtime
