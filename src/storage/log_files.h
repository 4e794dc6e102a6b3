#pragma once
// The ledger of a shard's write-ahead log files: for each one what still depends on it. Tells when
// the oldest should be retired, and whom that concerns. Lives on the shard.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/ensure.h"
#include "base/ids.h"

namespace warren::storage {

struct LoggedFile {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;  // once closed
    std::uint64_t entries = 0;
    std::uint64_t live = 0;  // entries that are not settled and in no segment
    bool closed = false;
    std::vector<QueueId> appenders;  // queues with entries in this file
    std::vector<QueueId> settlers;   // queues with settlements in this file of entries in segments

    // Its share of what only the log holds (and memory, therefore, too).
    std::uint64_t live_bytes() const { return entries == 0 ? 0 : bytes / entries * live; }
};

class LogFiles {
public:
    // `oldest`: number of the first file; files follow without gaps.
    explicit LogFiles(std::uint64_t oldest) : oldest_(oldest) {}

    std::uint64_t oldest() const { return oldest_; }
    std::size_t count() const { return files_.size(); }
    // Also makes the files up to that number known.
    LoggedFile& at(std::uint64_t number) {
        ENSURE(number >= oldest_);
        while (number >= oldest_ + files_.size()) {
            const std::uint64_t next = oldest_ + files_.size();
            files_.emplace_back().number = next;
        }
        return files_[number - oldest_];
    }
    bool knows(std::uint64_t number) const {
        return number >= oldest_ && number < oldest_ + files_.size();
    }
    // It is full. Those before it that are not closed yet have never come into being.
    void close(std::uint64_t number, std::uint64_t bytes) {
        at(number).bytes = bytes;
        closed_bytes_ += bytes;
        for (std::uint64_t file = number; file >= oldest_ && !at(file).closed; --file)
            at(file).closed = true;
    }
    // An entry of that file was settled, or is in a segment now. Files that are gone may be named.
    void release(std::uint64_t number, std::uint64_t entries) {
        if (!knows(number)) return;
        LoggedFile& file = at(number);
        file.live -= std::min(file.live, entries);
    }
    // Of closed files.
    std::uint64_t live_bytes() const;
    // The last file to retire so that both bounds hold again (or so many that `batch_bytes` of
    // live entries move); 0 when they hold.
    std::uint64_t last_to_retire(std::uint64_t closed_bytes_max, std::uint64_t live_bytes_max,
                                 std::uint64_t batch_bytes) const;
    // The last of the oldest files that are closed and have nothing that lives; 0 if there is none.
    std::uint64_t last_dead() const;
    // Forgets the files up to that number.
    void retire(std::uint64_t through);

private:
    std::uint64_t oldest_;
    std::deque<LoggedFile> files_;
    std::uint64_t closed_bytes_ = 0;
};

}  // namespace warren::storage
