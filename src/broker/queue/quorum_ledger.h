#pragma once
// What a quorum queue keeps beside what every queue has. The rules are Queue's (queue_quorum.cpp,
// queue_dead_letters.cpp); parts that it does not share with a classic queue are joined here.
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_set>

#include "base/result.h"
#include "broker/queue/commit_window.h"
#include "broker/queue/delayed_returns.h"
#include "broker/queue/letters.h"
#include "broker/queue/queue_stats.h"
#include "broker/quorum/message_notes.h"
#include "broker/quorum/quorum_command.h"
#include "broker/quorum/raft_record.h"

namespace warren::broker {

// Dead letters that must arrive (x-dead-letter-strategy at-least-once). They stay in the queue's
// log, with a note, until they are safe elsewhere.
struct AssuredLetters {
    static constexpr std::size_t on_their_way_max = 256;

    struct Retry {
        Instant at;
        std::uint64_t position = 0;
    };

    Letters all;
    std::uint64_t bytes = 0;  // as length limits count them
    // Each letter is in one of these; those of letters that were purged stay until they come up.
    std::deque<std::uint64_t> unsent;
    std::unordered_set<std::uint64_t> on_their_way;
    std::deque<Retry> retries;  // rising
};

struct QuorumLedger {
    static bool has_level(std::uint8_t level) { return level >= RaftRecord::log_level; }
    // An entry of one of its levels has come back from the log.
    Result<void, std::string> restore(const storage::LoadedEntry& entry) {
        return entry.head.level == RaftRecord::log_level ? raft.restore(entry)
                                                         : notes.restore(entry);
    }

    RaftFigures figures() const {
        return {.term = raft.place().term,
                .last_index = raft.place().index,
                .commit_index = committed,
                .commit_latency_ms = commit_latency_ms};
    }

    CommitWindow window;
    MessageNotes notes;
    DelayedReturns delayed;
    AssuredLetters letters;
    RaftRecord raft;
    QuorumCommand turn;                   // what this turn has done so far
    std::uint64_t committed = 0;          // the index that the group has come to
    std::uint64_t commit_latency_ms = 0;  // of the newest entry with messages
    std::uint64_t returns = 0;            // messages that ever came back
    // Arrivals up to this position are in runs: if they are still in the window, the log counts
    // them as resident, and they may not wait at the tail.
    std::uint64_t flushed_through = 0;
    bool rejecting = false;  // RabbitMQ's limit is soft: once above it, none before well below
    bool failed = false;     // the Raft group has: nothing will be committed any more
};

}  // namespace warren::broker
