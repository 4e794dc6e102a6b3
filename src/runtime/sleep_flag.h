#pragma once
// Says whether a thread sleeps, so that those who have work for it wake it with a system call only
// then, and only the first of them.
//
//   sleeper:  going_to_sleep(); look for work once more; sleep only if there is none; woke_up();
//   others:   publish the work (sequentially consistent store); if must_ring(), wake the sleeper.
#include <atomic>

namespace warren::runtime {

class SleepFlag {
public:
    void going_to_sleep() { asleep_.store(true, std::memory_order_seq_cst); }
    void woke_up() { asleep_.store(false, std::memory_order_relaxed); }

    // True for one caller per sleep.
    bool must_ring() {
        return asleep_.load(std::memory_order_seq_cst) &&
               asleep_.exchange(false, std::memory_order_acq_rel);
    }

private:
    std::atomic<bool> asleep_{false};
};

}  // namespace warren::runtime
