#pragma once
// What the entries of a log are to its owner: by whose log it is, and by their level. For whoever
// looks at logs that no queue has opened.
#include <cstdint>
#include <optional>
#include <string>

#include "broker/queue/queue_type.h"
#include "storage/entry.h"

namespace warren::broker {

// Whose a log is.
enum class LogOwner : std::uint8_t {
    unknown,  // of what does not exist any more
    classic_queue,
    quorum_queue,
    stream,
    keys,  // de-duplication keys, of a queue or of an exchange
};
LogOwner owner_of_type(QueueType type);

enum class EntryKind : std::uint8_t {
    unknown,
    message,
    chunk,  // of a stream: where some thousand of its messages are
    raft_entry,
    note,  // of a quorum queue: what is known of a message beyond its bytes
    deduplication_key,
};
EntryKind kind_of_entry(LogOwner owner, std::uint8_t level);

// What is wrong with an entry whose checksum is right; none: its owner will take it. An entry of an
// unknown owner may be anything that some owner would take.
std::optional<std::string> fault_of_entry(LogOwner owner, const storage::LoadedEntry& entry);

}  // namespace warren::broker
