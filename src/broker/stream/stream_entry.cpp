#include "broker/stream/stream_entry.h"

#include <fmt/format.h>

#include "base/ensure.h"
#include "storage/little_endian.h"

namespace warren::broker {

using storage::load_little_endian;
using storage::store_bytes;
using storage::store_little_endian;
namespace format = stream_format::message;

EncodedStreamEntry::EncodedStreamEntry(const StreamEntryHead& head, const Message& message,
                                       std::uint64_t embed_bytes_max)
    : message_(message, embed_bytes_max) {
    ENSURE(head.filter.size() <= stream_format::filter_bytes_max);
    std::byte* at = store_little_endian(head_.data(), stream_format::type_message);
    at = store_little_endian(at, stream_format::version);
    at = store_little_endian(at, static_cast<std::uint8_t>(head.filter.size()));
    at = store_little_endian(at, std::uint8_t{0});
    at = store_little_endian(at, head.batch_index);
    at = store_little_endian(at, head.batch_count);
    at = store_little_endian(at, head.offset);
    at = store_little_endian(at, head.timestamp_ms);
    at = store_bytes(at, head.filter);
    at = store_bytes(at, message_.payload()[0]);
    head_bytes_ = static_cast<std::size_t>(at - head_.data());
}

namespace {

// As in RabbitMQ's segments, beside the bytes of the message.
constexpr std::uint64_t message_overhead_bytes = 4;

std::unexpected<std::string> fault(const std::string& text) {
    return fail("entry of a stream: " + text);
}

}  // namespace

Result<StreamEntry, std::string> decode_stream_entry(ByteView payload, ByteView body) {
    if (payload.size() < format::head_bytes)
        return fault(fmt::format("{} bytes are no head", payload.size()));
    const std::byte* head = payload.data();
    if (load_little_endian<std::uint8_t>(head) != stream_format::type_message ||
        load_little_endian<std::uint8_t>(head + 1) != stream_format::version)
        return fault("unknown type or version");
    StreamEntry entry;
    const auto filter_bytes = load_little_endian<std::uint8_t>(head + format::filter_bytes_at);
    entry.head.batch_index = load_little_endian<std::uint16_t>(head + format::batch_index_at);
    entry.head.batch_count = load_little_endian<std::uint16_t>(head + format::batch_count_at);
    entry.head.offset = load_little_endian<std::uint64_t>(head + format::offset_at);
    entry.head.timestamp_ms = load_little_endian<std::int64_t>(head + format::timestamp_at);
    const ByteView rest = payload.subspan(format::head_bytes);
    if (filter_bytes > rest.size()) return fault("the filter is cut off");
    if ((entry.head.batch_index == 0) != (entry.head.batch_count != 0))
        return fault("its batch begins nowhere");
    entry.head.filter = rest.first(filter_bytes);
    auto message = read_message_parts(rest.subspan(filter_bytes), body);
    if (!message) return fault(message.error());
    entry.message = *message;
    return entry;
}

std::uint64_t stored_bytes(const Message& message) {
    return message_overhead_bytes + message.envelope().size() + message.body_bytes();
}

std::uint64_t stored_bytes(const MessageParts& message) {
    return message_overhead_bytes + message.address.size() + message.header.payload().size() +
           message.hidden_keys.size() + message.body.size();
}

MessageRef make_message(const StreamEntry& entry) {
    const MessageParts& parts = entry.message;
    return Message::make(parts.address, parts.header.payload(), parts.body, parts.traits,
                         parts.hidden_keys);
}

}  // namespace warren::broker
