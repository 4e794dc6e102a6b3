#pragma once
// The files of a command log: log files as every log has them (wal.h), and snapshots. A snapshot
// `snapshot-<number>` stands for all log files up to that number. It is written under another name,
// synced, and renamed, so that it is whole or not there; then what it stands for goes.
//
// Everything here blocks. Also for tools that look at a data folder that no server uses.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/file_io.h"
#include "storage/wal.h"

namespace warren::storage {

struct StoredCommands {
    std::vector<std::string> commands;  // the snapshot's, then the log's
    std::uint64_t snapshot = 0;         // number; 0: there is none
    std::uint64_t snapshot_bytes = 0;
    std::uint64_t log_bytes = 0;     // what the log's records take
    WalReport log;                   // files that the snapshot stands for are passed over
    std::vector<WalDamage> damages;  // of both

    std::uint64_t last_file() const {
        return log.files.empty() ? snapshot : std::max(snapshot, log.files.back());
    }
};

// Reads all commands, or those that a snapshot `through` would hold. `repair`: see read_wal();
// leftovers are removed too. Of what is damaged, the commands that are sound are returned.
Result<StoredCommands, IoError> read_commands(FileIo& io, const std::string& folder, bool repair,
                                              std::uint64_t through = UINT64_MAX);

struct SnapshotFailure {
    IoError error;
    // It is not known which names the folder has on stable storage: nothing that is written there
    // from now on may be trusted.
    bool names_unknown = false;
};

// Returns its bytes. What it stands for remains.
Result<std::uint64_t, SnapshotFailure> write_snapshot(FileIo& io, const std::string& folder,
                                                      std::uint64_t through,
                                                      const std::vector<std::string>& commands);
void remove_older_snapshots(FileIo& io, const std::string& folder, std::uint64_t number);

inline constexpr std::uint8_t command_version = 1;
void add_command(WalBatch& batch, ByteView command);

}  // namespace warren::storage
