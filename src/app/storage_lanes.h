#pragma once
// Storage's background work on threads of its own.
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "runtime/worker.h"
#include "storage/background.h"

namespace warren::app {

// A lane of one shard. While the node starts there is no shard to come back to: work is kept, and
// the starting thread does what it cannot wait for itself, with work_off().
class StorageLane final : public storage::Background {
public:
    // The system shows the first 15 bytes of the name.
    explicit StorageLane(std::string name) : name_(std::move(name)) {}
    // No work of the lane may be waiting for its shard any more.
    ~StorageLane() = default;

    void submit(Work work, Work done) override;
    void release_memory() override;
    // Does what waits, and what comes of it, on the calling thread, as long as wanted() says so.
    // Before attach(). False: there was nothing to do.
    bool work_off(const std::function<bool()>& wanted);
    // From now on a thread works, and `done` runs on the shard, also of what is waiting.
    void attach(runtime::Shard& shard);
    // Waits for the work submitted so far; the shard may be destroyed then. From another thread
    // than the shard's.
    void stop();

private:
    struct Job {
        Work work;
        Work done;
    };

    std::string name_;
    std::deque<Job> waiting_;
    runtime::Shard* shard_ = nullptr;
    std::optional<runtime::Worker> worker_;
};

}  // namespace warren::app
