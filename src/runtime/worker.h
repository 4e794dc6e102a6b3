#pragma once
// A thread for what must not be done on a shard: calls that block. Jobs run one after the other, in
// the order submitted; what follows from a job runs on the shard that submitted it.
//
// The thread takes all jobs that wait at once, and is woken only when it sleeps. It handles no
// signals, so that none interrupts a system call, and counts as no shard: touching anything that is
// bound to one fails there.
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/fwd.h"

namespace warren::runtime {

class Worker {
public:
    using Function = std::move_only_function<void()>;

    // The system shows the first 15 bytes of the name, such as warren-log-0.
    explicit Worker(const std::string& name);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    // Stops.
    ~Worker();

    // From any thread. `work` runs and is destroyed on the worker; then `done` runs on `shard`, or
    // is destroyed unrun, at the latest with the shard, if the shard's loop has ended. The shard
    // must outlive the worker's thread. After stop() both are destroyed unrun.
    void submit(Shard& shard, Function work, Function done);

    // From any thread but the worker's own; one caller at a time. Returns when the jobs submitted
    // so far have run and the thread has ended. Does nothing when repeated.
    void stop();

private:
    struct Job {
        Function work;
        Function done;
        Shard* shard;
    };

    void run();
    bool take(std::vector<Job>& jobs);

    std::mutex mutex_;  // guards the members up to the thread
    std::condition_variable wake_up_;
    std::vector<Job> waiting_;
    bool asleep_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace warren::runtime
