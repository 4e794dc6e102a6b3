#pragma once
// What is known of a message in a quorum queue beyond its bytes: part of the replicated state, so
// it outlives restarts. Most messages have no note: it begins with the first return, or with a
// death that is not over yet. Layout: docs/internals/quorum_commands.md.
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "broker/queue/queue_host.h"
#include "storage/little_endian.h"

namespace warren::broker {

struct MessageNote {
    std::uint32_t delivery_count = 0;  // deliveries that have failed
    std::uint32_t acquired_count = 0;  // times that it was handed out and came back
    // Numbers returns in the order they came; 0: it has not come back yet.
    std::uint64_t returned = 0;
    // Wall clock, since 1970: it is not to be delivered before. 0: at any time.
    std::int64_t delayed_until_ms = 0;
    // It has died and is not known to be safe where it was sent.
    std::optional<DeathReason> died = {};
    std::int64_t died_at_ms = 0;

    friend bool operator==(const MessageNote&, const MessageNote&) = default;
};

inline constexpr std::size_t message_note_bytes = 40;

std::byte* store_note(std::byte* at, const MessageNote& note);
// Nullopt if the bytes are no note or the input is too short.
std::optional<MessageNote> read_note(storage::LittleEndianReader& reader);

}  // namespace warren::broker
