#pragma once
// The newest Raft entry of a quorum queue, as an entry of level 254 in the queue's log: place and
// command. It replaces the one before in the same turn, so the log holds one, and with it what a
// start must know of the group: the last index and its term. Layout:
// docs/internals/quorum_commands.md.
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "broker/queue/queue_host.h"
#include "broker/quorum/quorum_command.h"
#include "storage/queue_log.h"

namespace warren::broker {

class RaftRecord {
public:
    static constexpr std::uint8_t log_level = 254;

    // Index 0: the log holds none.
    const RaftPlace& place() const { return place_; }
    // The command of this place; empty if there is none.
    ByteView command() const;
    // The entry's position is above all others.
    void replace(storage::QueueLog& log, std::uint64_t entry, const RaftPlace& place,
                 const QuorumCommand& command);

    // An entry has come back. The newest counts; settle_replaced() settles the others.
    Result<void, std::string> restore(const storage::LoadedEntry& entry);
    void settle_replaced(storage::QueueLog& log);
    void collect(std::uint64_t after, std::uint64_t through, storage::EntrySink& sink) const;
    void add_kept(std::uint64_t after, std::uint64_t through,
                  std::vector<storage::EntryPlace>& kept) const;

private:
    bool lies_in(std::uint64_t after, std::uint64_t through) const {
        return entry_ > after && entry_ <= through;
    }

    RaftPlace place_;
    std::uint64_t entry_ = 0;  // position in the log; 0: none
    std::string payload_;
    std::vector<std::uint64_t> replaced_;  // entries that came back and are out of date
};

}  // namespace warren::broker
