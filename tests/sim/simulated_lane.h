#pragma once
// Lanes without threads, for simulations and unit tests. Both keep the promise of
// storage::Background: works in the order of submission, `done`s too, each after its work, never
// from within submit().
#include <cstddef>
#include <deque>
#include <utility>

#include "base/ensure.h"
#include "storage/background.h"

namespace warren::sim {

// Worked off by hand, a step at a time: a test decides how far the lane's thread has come, and how
// many of its messages have reached the shard.
class SimulatedLane final : public storage::Background {
public:
    void submit(Work work, Work done) override {
        waiting_.push_back({std::move(work), std::move(done)});
    }

    // Jobs whose work has not run, and jobs whose done has not.
    std::size_t waiting() const { return waiting_.size(); }
    std::size_t finished() const { return finished_.size(); }
    bool idle() const { return waiting_.empty() && finished_.empty(); }

    // What the lane's thread does.
    void run_work() {
        ENSURE(!waiting_.empty());
        Job job = std::move(waiting_.front());
        waiting_.pop_front();
        job.work();
        job.work = nullptr;  // on the lane's thread, as a real one does
        finished_.push_back(std::move(job.done));
    }
    // What the shard does.
    void run_done() {
        ENSURE(!finished_.empty());
        Work done = std::move(finished_.front());
        finished_.pop_front();
        done();
    }
    // The oldest job that is not over, to its end.
    void run_one() {
        if (finished_.empty()) run_work();
        run_done();
    }
    // Until nothing is left, jobs submitted meanwhile included.
    void run_all() {
        while (!idle())
            run_one();
    }
    // The process is gone: nothing of this runs any more.
    void drop_all() {
        waiting_.clear();
        finished_.clear();
    }

private:
    struct Job {
        Work work;
        Work done;
    };

    std::deque<Job> waiting_;
    std::deque<Work> finished_;
};

// For tests that do not care how slow a lane is: works are over when submit() returns, `done`s wait
// for drain().
class ImmediateLane final : public storage::Background {
public:
    void submit(Work work, Work done) override {
        work();
        work = nullptr;
        finished_.push_back(std::move(done));
    }

    // Runs all `done`s, those of jobs submitted meanwhile included.
    void drain() {
        while (!finished_.empty()) {
            Work done = std::move(finished_.front());
            finished_.pop_front();
            done();
        }
    }

private:
    std::deque<Work> finished_;
};

}  // namespace warren::sim
