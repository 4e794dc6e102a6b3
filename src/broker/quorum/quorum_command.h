#pragma once
// What one turn has done to the replicated state of a quorum queue: the content of one Raft entry.
// Bodies are not in it; it refers to messages by their positions in the queue's log. The members
// count in the order they stand in: what was enqueued, what of it was noted, what has left.
//
// The codec is versioned and takes any bytes: the outcome is a sound command or a text. Layout:
// docs/internals/quorum_commands.md.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "broker/quorum/message_note.h"

namespace warren::broker {

// Why messages have left the queue.
enum class Departure : std::uint8_t {
    acknowledged,
    rejected,
    expired,
    dropped,         // by a length limit
    delivery_limit,  // returned too often
    purged,
    lost,  // its bytes cannot be read back
};

// Neighbours that differ in their positions only.
struct EnqueuedRun {
    std::uint64_t first = 0;
    std::int64_t deadline_ms = 0;  // wall clock; storage::EntryHead::no_deadline: none
    std::uint32_t count = 0;
    std::uint32_t counted_bytes = 0;  // of each
    std::uint8_t level = 0;

    friend bool operator==(const EnqueuedRun&, const EnqueuedRun&) = default;
};

// Positions that hold no message mean nothing.
struct DepartedRun {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    Departure why = Departure::acknowledged;

    friend bool operator==(const DepartedRun&, const DepartedRun&) = default;
};

// Replaces the note that was known.
struct NoteChange {
    std::uint64_t position = 0;
    MessageNote note;

    friend bool operator==(const NoteChange&, const NoteChange&) = default;
};

struct PositionRun {
    std::uint64_t first = 0;
    std::uint64_t last = 0;

    friend bool operator==(const PositionRun&, const PositionRun&) = default;
};

// All messages up to a position have left, but for those that consumers held.
struct PurgedThrough {
    std::uint64_t through = 0;
    std::vector<PositionRun> kept;  // rising

    friend bool operator==(const PurgedThrough&, const PurgedThrough&) = default;
};

// Of the format; what another version has written is not read.
inline constexpr std::uint8_t quorum_command_version = 1;

struct QuorumCommand {
    std::vector<EnqueuedRun> enqueued;  // rising
    std::vector<NoteChange> changed;
    std::vector<DepartedRun> departed;
    std::optional<PurgedThrough> purged = {};

    // Keeps the memory of the lists.
    void clear();
    bool empty() const {
        return enqueued.empty() && changed.empty() && departed.empty() && !purged;
    }
    // Position by position; neighbours become one run. Positions of enqueued messages rise.
    void add_enqueued(std::uint64_t position, std::uint8_t level, std::int64_t deadline_ms,
                      std::uint32_t counted_bytes);
    void add_departed(std::uint64_t position, Departure why);

    friend bool operator==(const QuorumCommand&, const QuorumCommand&) = default;
};

// Appends a position to rising runs.
void add_position(std::vector<PositionRun>& runs, std::uint64_t position);

void append_encoded(const QuorumCommand& command, std::string& output);
Result<QuorumCommand, std::string> decode_quorum_command(ByteView bytes);

}  // namespace warren::broker
