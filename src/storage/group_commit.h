#pragma once
// Group commit: gathers the records of a shard's turns into a batch; while one batch is on its way
// to the disk the next one gathers. One sync serves all who wait.
//
//   gathering   records are added; its number and its file are known from the start
//   in flight   the log lane seals, writes and perhaps syncs it
//   written     in the file; after a SIGKILL it is there, after a power cut perhaps
//   durable     synced, or written before something that was
//
// A full disk keeps the batch in flight and tries again each second. Any other error ends it: the
// log is `failed`, nothing becomes durable any more, and nothing is written that would look as if
// it did. Lives on the shard.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "storage/background.h"
#include "storage/log_engine.h"
#include "storage/wal.h"

namespace warren::storage {

struct GroupCommitOptions {
    std::string folder;
    std::uint64_t file_bytes = 0;
    std::int64_t lazy_sync_ms = 0;
    std::uint64_t first_file = 1;
    std::uint64_t first_batch = 1;
};

// Called on the shard.
class CommitEvents {
public:
    virtual void batch_durable(CommitNumber through) = 0;
    // Comes before batch_durable(), if that comes at all.
    virtual void batch_written(CommitNumber) {}
    // All that will ever be in this file has been written to it.
    virtual void file_closed(std::uint64_t file_number, std::uint64_t bytes) = 0;
    virtual void commit_state_changed(EngineState state, const std::string& text) = 0;

protected:
    ~CommitEvents() = default;
};

class GroupCommit {
public:
    GroupCommit(GroupCommitOptions options, FileIo& io, Background& lane, CommitEvents& events);
    GroupCommit(const GroupCommit&) = delete;
    GroupCommit& operator=(const GroupCommit&) = delete;

    // Where to add records; to be asked for anew after anything else was called.
    WalBatch& gathering() { return gathering_; }
    CommitNumber gathering_number() const { return gathering_number_; }
    std::uint64_t gathering_file() const { return file_number_; }

    // Somebody waits for what is gathering.
    void want_sync() { sync_wanted_ = true; }
    // Hands over what has gathered if the lane is free, and does what has fallen due.
    void end_turn(Instant now);
    Instant next_deadline() const { return deadline_; }

    CommitNumber durable_through() const { return durable_; }
    CommitNumber written_through() const { return written_; }
    std::uint64_t waiting_bytes() const { return in_flight_bytes_ + gathering_.bytes(); }
    EngineState state() const { return state_; }
    bool in_flight() const { return busy_; }
    // Nothing gathers, nothing is in flight, and all that was written is synced (or never will be).
    bool idle() const;

    // The disk is broken: the end of everything, as after a failed sync.
    void fail_with(const IoError& error);
    // The log up to this file is not needed any more; the file gathered to cannot be meant.
    void retire(std::uint64_t file_number);

    std::uint64_t syncs() const { return syncs_; }
    std::uint64_t batches() const { return batches_; }
    std::uint64_t written_bytes() const { return written_bytes_; }
    std::uint64_t files_begun() const { return file_number_ - options_.first_file + 1; }

private:
    // What a job of the lane works on; the shard keeps its hands off until it is done.
    struct Flight;

    void submit(bool sync);
    void landed(Flight& flight);
    void begin_batch();
    void wait_for_space(const IoError& error);

    const GroupCommitOptions options_;
    Background& lane_;
    CommitEvents& events_;
    std::shared_ptr<WalWriter> writer_;  // shared with the jobs of the lane
    std::shared_ptr<Flight> flight_;

    WalBatch gathering_;
    CommitNumber gathering_number_;
    std::uint64_t file_number_;  // of the batch that gathers
    std::uint64_t file_bytes_;   // of that file, as it will be with the batch in flight
    bool sync_wanted_ = false;   // for what gathers
    bool busy_ = false;          // the lane has the flight
    bool retrying_ = false;      // the flight is to be flown again
    std::uint64_t in_flight_bytes_ = 0;
    CommitNumber written_ = 0;
    CommitNumber durable_ = 0;
    EngineState state_ = EngineState::healthy;
    Instant now_{};
    Instant retry_at_ = Instant::never();
    Instant lazy_sync_at_ = Instant::never();
    Instant deadline_ = Instant::never();

    std::uint64_t syncs_ = 0;
    std::uint64_t batches_ = 0;
    std::uint64_t written_bytes_ = 0;
};

}  // namespace warren::storage
