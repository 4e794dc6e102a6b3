#pragma once
// The segment files of one shard: how much of each still lives, open handles for reading, and the
// end of those that are dead. Lives on the shard; files are written and removed on the store lane.
//
// A file goes when none of its entries lives, and that is durable. That it has gone is made durable
// (in batches) before any log file that says its entries were settled may go: else a power cut
// could bring both the file and its messages back.
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/background.h"
#include "storage/file_io.h"
#include "storage/group_commit.h"
#include "storage/segment.h"

namespace warren::storage {

// A run that is settled to its last entry, in a file where others live: what says so must not go
// with an old log file.
struct DeadRun {
    QueueId queue;
    std::uint32_t place = 0;       // in the footer
    std::uint64_t state_file = 0;  // the oldest log file with what is known of it
    std::string state;             // Run::encode_state()
};

// When settlements are there for good.
class SettlementClock {
public:
    // The batch that has the last of all settlements so far, and whether one is safe.
    virtual CommitNumber settled_by() const = 0;
    virtual bool is_safe(CommitNumber batch) const = 0;
    // Somebody waits for it.
    virtual void want_safety() = 0;

protected:
    ~SettlementClock() = default;
};

class SegmentStore {
public:
    // Dead files cannot be removed for good: what says that they are dead must stay.
    using Failed = std::function<void(const IoError&)>;

    // `next_number`: above that of every segment that any file or record names.
    SegmentStore(FileIo& io, std::string folder, Background& lane, SettlementClock& clock,
                 std::uint64_t next_number, Failed failed);
    SegmentStore(const SegmentStore&) = delete;
    SegmentStore& operator=(const SegmentStore&) = delete;

    const std::string& folder() const { return folder_; }
    FileIo& io() { return io_; }
    Background& lane() { return lane_; }
    std::uint64_t take_number() { return next_number_++; }

    // The file is there, with this many entries, all alive.
    void add(std::uint64_t number, std::uint64_t bytes, std::uint64_t entries);
    // That many of its entries have been settled.
    void settled(std::uint64_t number, std::uint64_t entries);
    // For files that live on; else there is nothing to remember.
    void remember(std::uint64_t number, DeadRun dead);
    // Visits visit(segment, dead) those whose state is in log files up to that one.
    template <typename Visitor>
    void for_each_dead_run(std::uint64_t log_file, Visitor&& visit) {
        for (auto& [number, file] : files_)
            for (DeadRun& dead : file.dead_runs)
                if (dead.state_file <= log_file) visit(number, dead);
    }
    // Something in it cannot be read: it stays for people to look at. False: that is known.
    bool keep_damaged(std::uint64_t number);

    // Open for reading; good until the next call.
    Result<SegmentFile*, SegmentFault> open(std::uint64_t number);
    std::string path_of(std::uint64_t number) const { return segment_path(folder_, number); }

    // Calls `done` on the shard once all files that are dead by now are gone for good; never after
    // that has failed.
    void after_removals(Background::Work done);
    bool idle() const { return !removing_; }
    // Settlements have become safe.
    void go_on() {
        if (!removing_) remove_doomed();
    }

    // Files to copy together, because most of their entries are dead and the rest hardly moves, or
    // because they are small and many; empty when there is nothing to gain. Oldest first, with not
    // more than `bytes_max` that lives. To be asked every few seconds: what has moved since the
    // last time is left alone, for it will soon be gone without any work.
    std::vector<std::uint64_t> worth_copying(std::uint64_t small_bytes, std::uint64_t bytes_max);

    std::size_t count() const { return files_.size(); }
    std::uint64_t bytes() const { return bytes_; }

private:
    struct FileState {
        std::uint64_t bytes = 0;
        std::uint64_t entries = 0;
        std::uint64_t live = 0;
        std::uint64_t live_at_last_look = 0;
        bool damaged = false;
        std::vector<DeadRun> dead_runs;

        std::uint64_t live_bytes() const { return entries == 0 ? 0 : bytes / entries * live; }
        // A tenth of what lived has been settled since the last look.
        bool moves() const { return live * 10 < live_at_last_look * 9; }
    };
    struct Handle {
        std::uint64_t number = 0;
        std::uint64_t last_use = 0;
        std::unique_ptr<SegmentFile> file;
    };

    void remove_doomed();
    // Those that may go.
    std::vector<std::uint64_t> take_doomed();
    std::vector<Background::Work> take_waiting();
    static std::optional<IoError> remove_files(FileIo& io, const std::string& folder,
                                               std::span<const std::uint64_t> numbers);

    FileIo& io_;
    const std::string folder_;
    Background& lane_;
    SettlementClock& clock_;
    std::uint64_t next_number_;
    Failed failed_;
    std::map<std::uint64_t, FileState> files_;
    std::uint64_t bytes_ = 0;

    std::vector<Handle> handles_;
    std::uint64_t uses_ = 0;

    struct Doomed {
        std::uint64_t number = 0;
        CommitNumber settled_by = 0;
    };
    struct Waiting {
        CommitNumber settled_by = 0;  // of the files that it waits for
        Background::Work done;
    };
    std::deque<Doomed> doomed_;  // dead, not yet handed to the lane; in the order of their deaths
    bool removing_ = false;      // the lane removes some
    bool cannot_remove_ = false;
    std::deque<Waiting> waiting_;  // for after_removals()
};

}  // namespace warren::storage
