#pragma once
// The replicated state of a quorum queue: its live messages with their notes, by position. A pure
// function of the history of its commands, without clock and host: the same commands in the same
// order come to the same state on every replica. Consumers, and who holds what, are not part of it.
#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "broker/quorum/quorum_command.h"

namespace warren::broker {

class QuorumState {
public:
    struct Entry {
        std::int64_t deadline_ms = 0;
        std::uint32_t counted_bytes = 0;
        std::uint8_t level = 0;
        MessageNote note = {};

        friend bool operator==(const Entry&, const Entry&) = default;
    };
    using Entries = std::map<std::uint64_t, Entry>;

    // The error says what does not fit; the state is as before then. Departures and changes of what
    // is not there mean nothing: a message may have left for two reasons in one turn.
    Result<void, std::string> apply(const QuorumCommand& command);

    const Entries& entries() const { return entries_; }
    std::uint64_t last_position() const { return last_position_; }  // ever enqueued

    friend bool operator==(const QuorumState&, const QuorumState&) = default;

private:
    void purge(const PurgedThrough& purged);

    Entries entries_;
    std::uint64_t last_position_ = 0;
};

}  // namespace warren::broker
