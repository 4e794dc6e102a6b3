#include "broker/deduplication/deduplication_key.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <bit>

#include "amqp091/content_header.h"
#include "base/ensure.h"
#include "broker/exchange/real_field.h"
#include "storage/little_endian.h"

namespace warren::broker {

namespace {

using amqp091::FieldType;
using amqp091::FieldView;

constexpr std::string_view key_header = "x-deduplication-header";

// What values are told apart by before their bytes: seeds of the fingerprint.
enum class KeyKind : std::uint64_t { none = 1, boolean, integer, real, text, other };

DeduplicationKey fingerprint(KeyKind kind, std::uint64_t type, ByteView bytes) {
    const XXH128_hash_t hash = XXH3_128bits_withSeed(
        bytes.data(), bytes.size(), static_cast<std::uint64_t>(kind) | (type << 8));
    return {hash.low64, hash.high64};
}

DeduplicationKey fingerprint(KeyKind kind, std::uint64_t number) {
    std::array<std::byte, sizeof number> bytes;
    storage::store_little_endian(bytes.data(), number);
    return fingerprint(kind, 0, bytes);
}

DeduplicationKey key_of(const FieldView& field) {
    if (const auto integer = field.as_integer())
        return fingerprint(KeyKind::integer, static_cast<std::uint64_t>(*integer));
    if (const auto real = real_of(field))
        return fingerprint(KeyKind::real, std::bit_cast<std::uint64_t>(*real));
    switch (field.type) {
        case FieldType::timestamp:
            return fingerprint(KeyKind::integer, *field.as_timestamp());
        case FieldType::long_string:
        case FieldType::bytes:
            return fingerprint(KeyKind::text, 0, field.value);
        case FieldType::boolean:
            return fingerprint(KeyKind::boolean, *field.as_bool() ? 1 : 0);
        case FieldType::none:
            return fingerprint(KeyKind::none, 0);
        default:  // tables, arrays and decimals, by their bytes
            return fingerprint(KeyKind::other, static_cast<std::uint8_t>(field.type), field.value);
    }
}

}  // namespace

std::optional<DeduplicationKey> deduplication_key_of(amqp091::TableView headers) {
    const auto field = headers.find(key_header);
    if (!field) return {};
    return key_of(*field);
}

std::optional<DeduplicationKey> deduplication_key_of(const Message& message) {
    if (!message.traits().has_headers) return {};
    const auto header = amqp091::ContentHeader::decode(message.header());
    ENSURE(header.has_value());  // it was checked when the message was published
    return deduplication_key_of(header->headers());
}

}  // namespace warren::broker
