#pragma once
// What a simulation remembers of every entry that it has given to a log engine: what it looked
// like, in which commit it was appended and settled. After a restart the ledger judges what has
// come back:
//
//   must be there     persistent, its commit was promised, and it was not settled
//   must be gone      transient, or of a deleted queue, or its settlement was promised, or it was
//                     gone at an earlier start
//   may be there      all else. What is not there is settled by the first commit of the new life.
//
// A commit is promised when it is durable; where only the process died, when it was written.
#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/ids.h"
#include "storage/log_engine.h"

namespace warren::sim {

// What must not be has happened.
class Violation : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

template <typename... Parts>
void require(bool holds, fmt::format_string<Parts...> text, Parts&&... parts) {
    if (!holds) throw Violation(fmt::format(text, std::forward<Parts>(parts)...));
}

// Bytes that begin with this number (if there are so many) and differ from those of any other.
std::string numbered_bytes(std::uint64_t number, std::size_t bytes);
std::uint64_t number_of(ByteView bytes);

// Entries are numbered as they come, over all queues and restarts: their payloads begin with it.
using EntryNumber = std::uint64_t;

class EntryLedger {
public:
    struct Description {
        QueueId queue;
        storage::EntryHead head;
        std::size_t payload_bytes = 0;
        std::uint64_t body = 0;  // number of its bytes; 0: none
        std::size_t body_bytes = 0;
    };

    EntryNumber add(const Description& description);
    void settle(QueueId queue, EntryNumber number);
    // It may be lost, and come back, from now on: somebody has damaged it.
    void doubt(QueueId queue, std::uint64_t position);
    bool is_doubtful(QueueId queue, EntryNumber number) const;
    // What was added and settled since the last call belongs to this commit.
    void end_turn(storage::CommitNumber commit);
    // The queue is deleted: nothing of it may ever come back.
    void forget(QueueId queue);

    // It is what was added, and may be there at all; returns its number.
    EntryNumber check(QueueId queue, const storage::LoadedEntry& entry) const;
    // After a restart: these have come back.
    void judge(QueueId queue, const std::set<EntryNumber>& present, storage::CommitNumber promised,
               storage::CommitNumber next_commit);

private:
    static constexpr storage::CommitNumber certain = 0;
    static constexpr storage::CommitNumber turn_is_open = UINT64_MAX;
    struct Entry {
        Description description;
        storage::CommitNumber appended_in = turn_is_open;
        bool settled = false;
        storage::CommitNumber settled_in = turn_is_open;
        bool doubtful = false;
    };
    using Entries = std::map<EntryNumber, Entry>;
    struct Place {
        QueueId queue;
        EntryNumber number = 0;
    };

    Entry* find(const Place& place);
    const Entry* find(const Place& place) const;

    std::map<QueueId, Entries> queues_;
    EntryNumber last_ = 0;
    std::vector<Place> appended_;  // in this turn
    std::vector<Place> settled_;
};

}  // namespace warren::sim
