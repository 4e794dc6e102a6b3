#pragma once
// What the threads of one run share: a few flags set by the main thread, the list of what went
// wrong, and for each worker counters that only it writes. Counters are read by the main thread at
// its leisure; they are published once a turn, so no message pays for an atomic operation.
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace loadgen {

struct Tally {
    std::uint64_t published = 0;
    std::uint64_t confirmed = 0;
    std::uint64_t refused = 0;   // basic.nack from the broker
    std::uint64_t returned = 0;  // basic.return
    std::uint64_t delivered = 0;
    std::uint64_t redelivered = 0;
    std::uint64_t unique = 0;  // delivered, each message of each queue counted once
    std::uint64_t duplicates = 0;
    std::uint64_t out_of_order = 0;
    std::uint64_t missing = 0;  // known only at the end

    void add(const Tally& other);
};

class RunState {
public:
    std::atomic<bool> go{false};
    std::atomic<bool> stop_publishing{false};
    std::atomic<bool> stop{false};
    std::atomic<bool> measuring{false};  // latencies count
    std::atomic<unsigned> consumers_ready{0};
    std::atomic<unsigned> producers_done{
        0};  // nothing left to publish, everything written and confirmed

    // Keeps the first few failures in words, counts the rest, and ends the run when it is fatal.
    void fail(std::string what, bool fatal);
    bool failed() const { return failure_count_.load() > 0; }
    std::vector<std::string> failures() const;

private:
    static constexpr std::size_t failures_kept_max = 20;

    mutable std::mutex mutex_;
    std::vector<std::string> failures_;
    std::atomic<std::uint64_t> failure_count_{0};
};

}  // namespace loadgen
