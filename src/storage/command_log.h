#pragma once
// A durable log of commands in one order: what the metadata is rebuilt from at start. The commands
// are opaque here; how a long log becomes a short one with the same meaning is a function handed
// in.
//
// Lives on one shard; writing, syncing and folding happen on a lane.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "storage/background.h"
#include "storage/file_io.h"

namespace warren::storage {

struct CommandLogOptions {
    std::string folder;  // created if missing
    // Small: each start begins a new file.
    std::uint64_t file_bytes = 1u << 20;
    // The log is folded when it has grown by this much and to twice the size of the last snapshot.
    std::uint64_t fold_bytes_min = 16u << 20;
    std::int64_t lazy_sync_ms = 200;
};

class CommandLogEvents {
public:
    // All commands up to this index are on stable storage.
    virtual void commands_durable(std::uint64_t through) = 0;
    // A write or sync has failed: nothing becomes durable any more until a restart.
    virtual void command_log_failed(const std::string& text) = 0;
    // Worth a line in the log: a full disk, and that it has space again; a log that cannot be
    // folded.
    virtual void command_log_notice(const std::string&) {}

protected:
    ~CommandLogEvents() = default;
};

class CommandLog {
public:
    // Commands with the same effect, fewer. Runs on the lane, on data of its own.
    using Fold = std::function<std::vector<std::string>(const std::vector<std::string>& commands)>;

    struct Recovered {
        std::vector<std::string> commands;  // oldest first; a snapshot's and then the log's
        std::vector<std::string> notes;     // a torn tail that was cut, for the log
    };
    // Reads all there is. An error is damage that was promised to be safe, with file and offset, or
    // a disk that cannot be read: the node must not start on half of its metadata.
    static Result<std::unique_ptr<CommandLog>, std::string> open(CommandLogOptions options,
                                                                 FileIo& io, Background& lane,
                                                                 CommandLogEvents& events,
                                                                 Fold fold, Recovered& recovered);
    virtual ~CommandLog() = default;

    // Place of the command, from 1 in the life of this process.
    virtual std::uint64_t append(ByteView command) = 0;
    // Hands over what was appended. `sync`: somebody waits for it; else it is synced a little
    // later.
    virtual void end_turn(Instant now, bool sync) = 0;
    virtual std::uint64_t durable_through() const = 0;
    // When end_turn() is wanted at the latest.
    virtual Instant next_deadline() const = 0;
    // Writes and syncs what there is and calls `done` when the lane has nothing of this log left.
    virtual void stop(std::move_only_function<void()> done) = 0;
};

}  // namespace warren::storage
