#include "broker/stored_entry.h"

#include <algorithm>
#include <array>

#include "broker/deduplication/key_log.h"
#include "broker/message_codec.h"
#include "broker/queue/queue_settings.h"
#include "broker/quorum/message_notes.h"
#include "broker/quorum/raft_record.h"
#include "broker/stream/chunk.h"
#include "broker/stream/stream_entry.h"

namespace warren::broker {

namespace {

using Fault = std::optional<std::string>;

template <typename Decoded>
Fault fault_in(const Decoded& decoded) {
    return decoded ? std::nullopt : Fault(decoded.error());
}

Fault fault_of_chunk(const storage::LoadedEntry& entry) {
    const auto chunk = decode_chunk(entry.payload);
    if (!chunk) return chunk.error();
    if (chunk->end_position() > entry.head.position)
        return "chunk of a stream: it is not behind its messages";
    return std::nullopt;
}

Fault fault_of_kind(EntryKind kind, const storage::LoadedEntry& entry) {
    switch (kind) {
        case EntryKind::message:
            return fault_in(read_message_parts(entry.payload, entry.body));
        case EntryKind::chunk:
            return fault_of_chunk(entry);
        case EntryKind::raft_entry:
            return fault_in(RaftRecord().restore(entry));
        case EntryKind::note:
            return fault_in(MessageNotes().restore(entry));
        case EntryKind::deduplication_key:
            if (decode_logged_key(entry.payload)) return std::nullopt;
            return "an entry that is no key of a message";
        case EntryKind::unknown:
            break;
    }
    return "an entry of level " + std::to_string(entry.head.level) + ", where there are none";
}

Fault fault_of_any(const storage::LoadedEntry& entry) {
    constexpr std::array owners{LogOwner::classic_queue, LogOwner::quorum_queue, LogOwner::stream,
                                LogOwner::keys};
    const bool wanted =
        std::ranges::any_of(owners, [&](LogOwner owner) { return !fault_of_entry(owner, entry); });
    if (wanted) return std::nullopt;
    return "an entry of no known kind";
}

}  // namespace

LogOwner owner_of_type(QueueType type) {
    switch (type) {
        case QueueType::classic:
            return LogOwner::classic_queue;
        case QueueType::quorum:
            return LogOwner::quorum_queue;
        case QueueType::stream:
            break;
    }
    return LogOwner::stream;
}

EntryKind kind_of_entry(LogOwner owner, std::uint8_t level) {
    switch (owner) {
        case LogOwner::classic_queue:
            return EntryKind::message;
        case LogOwner::quorum_queue:
            if (level == RaftRecord::log_level) return EntryKind::raft_entry;
            if (level == MessageNotes::log_level) return EntryKind::note;
            return level <= quorum_priority_max ? EntryKind::message : EntryKind::unknown;
        case LogOwner::stream:
            if (level == stream_format::message_level) return EntryKind::message;
            return level == stream_format::chunk_level ? EntryKind::chunk : EntryKind::unknown;
        case LogOwner::keys:
            return level == 0 ? EntryKind::deduplication_key : EntryKind::unknown;
        case LogOwner::unknown:
            break;
    }
    return EntryKind::unknown;
}

std::optional<std::string> fault_of_entry(LogOwner owner, const storage::LoadedEntry& entry) {
    if (owner == LogOwner::unknown) return fault_of_any(entry);
    const EntryKind kind = kind_of_entry(owner, entry.head.level);
    if (owner == LogOwner::stream && kind == EntryKind::message)
        return fault_in(decode_stream_entry(entry.payload, entry.body));
    return fault_of_kind(kind, entry);
}

}  // namespace warren::broker
