#pragma once
// The node's log: takes records from all threads, hands them to one writer thread that formats and
// writes them.
//
// A thread that logs copies its message into a queue under a lock that is held for that copy alone,
// and never waits for a disk or a terminal. The queue is bounded in records and bytes: beyond it
// the newest records are dropped and counted, and a warning tells how many as soon as there is
// room. Records of one thread stay in order.
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/logging/outputs.h"
#include "base/log.h"
#include "base/result.h"

namespace warren::logging {

inline constexpr std::size_t queued_records_max = 16'384;
inline constexpr std::size_t queued_bytes_max = 8u << 20;

class Logger final : public log::Sink {
public:
    // Opens the outputs, starts the writer and becomes the sink of base/log.h. The configuration
    // must be complete (see make_outputs). Only one Logger at a time, made and destroyed by the
    // main thread while no other thread logs.
    static Result<std::unique_ptr<Logger>, std::string> start(const LogConfig& config);

    // For tests: any outputs.
    explicit Logger(Outputs outputs);

    // Writes what is queued, then leaves logging to standard error.
    ~Logger() override;
    Logger(const Logger&) = delete;
    Logger& operator=(const Logger&) = delete;

    void write(const log::Record& record) noexcept override;

    // Any thread, as on SIGHUP: files are opened anew before anything else is written.
    void reopen();

    // Replaces outputs and levels; if a file cannot be opened, nothing changes.
    Result<void, std::string> reconfigure(const LogConfig& config);

    // Waits until all records logged before are written.
    void flush();

private:
    struct Entry {
        log::Level level;
        log::Category category;
        log::Origin origin;
        std::int64_t wall_time_us;
        std::string message;
    };
    struct Batch {
        std::vector<Entry> entries;
        std::uint64_t dropped;
        bool reopen;
        std::uint64_t requests;  // all up to this number are done once the batch is written
    };

    void run();
    bool has_work() const;  // with mutex_ held, as take_batch()
    Batch take_batch();
    void write_batch(const Batch& batch);
    void write_entry(const Entry& entry);
    void apply_thresholds() const;

    std::mutex mutex_;  // of everything down to stopping_
    std::condition_variable wake_;
    std::condition_variable written_;
    std::vector<Entry> queue_;
    std::size_t queued_bytes_ = 0;
    std::uint64_t dropped_ = 0;
    std::uint64_t requests_ = 0;  // records, dropped or not, and calls of reopen(), counted
    std::uint64_t requests_done_ = 0;
    bool reopen_ = false;
    bool stopping_ = false;

    std::mutex outputs_mutex_;  // held while a batch is written; never together with mutex_
    Outputs outputs_;

    std::thread writer_;
};

}  // namespace warren::logging
