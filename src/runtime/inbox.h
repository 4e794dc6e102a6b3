#pragma once
// Functions for a thread that has no event loop, such as the main thread, which waits for signals.
// Whoever owns the thread says how it is told that there is something.
#include <functional>
#include <mutex>
#include <vector>

namespace warren::runtime {

class Inbox {
public:
    using Function = std::move_only_function<void()>;

    // `wake` is called by the thread that posts, once for all that gathers until run_all().
    explicit Inbox(std::function<void()> wake) : wake_(std::move(wake)) {}
    Inbox(const Inbox&) = delete;
    Inbox& operator=(const Inbox&) = delete;

    // What is not run is destroyed with the inbox.
    void post_from_any_thread(Function function);
    // By the thread that the functions are for: runs all that were posted before, in their order.
    void run_all();

private:
    const std::function<void()> wake_;
    std::mutex mutex_;
    std::vector<Function> posted_;  // guarded by mutex_
};

}  // namespace warren::runtime
