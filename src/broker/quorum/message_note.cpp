#include "broker/quorum/message_note.h"

namespace warren::broker {

using storage::store_little_endian;

namespace {
// Reasons are stored as their number and one; 0 is none.
std::uint8_t number_of(const std::optional<DeathReason>& died) {
    return died ? static_cast<std::uint8_t>(static_cast<std::uint8_t>(*died) + 1) : 0;
}
constexpr std::uint8_t highest_number = static_cast<std::uint8_t>(DeathReason::delivery_limit) + 1;
constexpr std::size_t reserved_bytes = 7;
}  // namespace

std::byte* store_note(std::byte* at, const MessageNote& note) {
    at = store_little_endian(at, note.delivery_count);
    at = store_little_endian(at, note.acquired_count);
    at = store_little_endian(at, note.returned);
    at = store_little_endian(at, note.delayed_until_ms);
    at = store_little_endian(at, note.died_at_ms);
    at = store_little_endian(at, number_of(note.died));
    for (std::size_t i = 0; i < reserved_bytes; ++i)
        *at++ = std::byte{0};
    return at;
}

std::optional<MessageNote> read_note(storage::LittleEndianReader& reader) {
    MessageNote note;
    note.delivery_count = reader.read<std::uint32_t>();
    note.acquired_count = reader.read<std::uint32_t>();
    note.returned = reader.read<std::uint64_t>();
    note.delayed_until_ms = reader.read<std::int64_t>();
    note.died_at_ms = reader.read<std::int64_t>();
    const auto died = reader.read<std::uint8_t>();
    if (died > highest_number) return std::nullopt;
    if (died != 0) note.died = static_cast<DeathReason>(died - 1);
    for (const std::byte byte : reader.bytes(reserved_bytes))
        if (byte != std::byte{0}) return std::nullopt;
    if (!reader.ok()) return std::nullopt;
    return note;
}

}  // namespace warren::broker
