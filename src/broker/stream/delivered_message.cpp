#include "broker/stream/delivered_message.h"

#include "amqp091/raw_writer.h"
#include "amqp091/table_view.h"
#include "base/ensure.h"

namespace warren::broker {

using amqp091::ContentHeader;
using amqp091::Property;

namespace {

constexpr std::size_t flags_at = ContentHeader::preamble_bytes;
constexpr std::size_t offset_field_bytes =
    1 + offset_header_name.size() + 1 + sizeof(std::uint64_t);
constexpr std::uint8_t transient_mode = 1;

// Words of flags: the last one is even.
std::size_t properties_at(ByteView payload) {
    std::size_t at = flags_at;
    while ((std::to_integer<unsigned>(payload[at + 1]) & 1u) != 0)
        at += sizeof(std::uint16_t);
    return at + sizeof(std::uint16_t);
}

ContentHeader header_of(const Message& message) {
    const auto header = ContentHeader::decode(message.header());
    ENSURE(header.has_value());
    return *header;
}

MessageTraits with_headers(MessageTraits traits) {
    traits.has_headers = true;
    return traits;
}

}  // namespace

void add_offset(const ContentHeader& header, std::uint64_t offset, std::string& out) {
    const ByteView payload = header.payload();
    const ByteView table = header.wire(Property::headers);
    const ByteView mode = header.wire(Property::delivery_mode);
    const ByteView entries = table.empty() ? table : table.subspan(sizeof(std::uint32_t));
    const std::size_t start = properties_at(payload);
    const std::size_t table_at = start + header.wire(Property::content_type).size() +
                                 header.wire(Property::content_encoding).size();
    const ByteView rest = payload.subspan(table_at + table.size() + mode.size());
    const auto flags = static_cast<std::uint16_t>(
        (load_big_endian<std::uint16_t>(payload.data() + flags_at) & 0xfffe) |
        ContentHeader::flag_bit(Property::headers) |
        ContentHeader::flag_bit(Property::delivery_mode));

    out.resize(flags_at + sizeof flags + (table_at - start) + sizeof(std::uint32_t) +
               offset_field_bytes + entries.size() + 1 + rest.size());
    auto* const begin = reinterpret_cast<std::byte*>(out.data());
    amqp091::RawWriter writer(begin);
    writer.bytes(payload.first(flags_at));
    writer.u16(flags);
    writer.bytes(payload.subspan(start, table_at - start));
    writer.u32(static_cast<std::uint32_t>(offset_field_bytes + entries.size()));
    writer.short_string(offset_header_name);
    writer.u8(static_cast<std::uint8_t>(amqp091::FieldType::int64));
    writer.u64(offset);
    writer.bytes(entries);
    writer.u8(mode.empty() ? transient_mode : std::to_integer<std::uint8_t>(mode[0]));
    writer.bytes(rest);
    ENSURE(writer.at() == begin + out.size());
}

MessageRef with_offset(const Message& message, std::uint64_t offset, std::string& scratch) {
    add_offset(header_of(message), offset, scratch);
    return message.with_envelope(message.exchange(), message.routing_key(), as_bytes(scratch),
                                 with_headers(message.traits()));
}

MessageRef with_offset(const MessageParts& parts, std::uint64_t offset, std::string& scratch) {
    add_offset(parts.header, offset, scratch);
    return Message::make(parts.address, as_bytes(scratch), parts.body, with_headers(parts.traits));
}

std::string filter_value_of(const Message& message) {
    if (!message.traits().has_headers) return {};
    const auto value = header_of(message).headers().find(filter_header_name);
    if (!value) return {};
    return std::string(value->as_text().value_or(std::string_view()));
}

MessageRef without_offset(MessageRef message) {
    if (!message->traits().has_headers) return message;
    const ContentHeader header = header_of(*message);
    if (!header.headers().find(offset_header_name)) return message;
    amqp091::HeaderEdit edit(header);
    edit.set_headers(as_bytes(amqp091::encode_without(header.headers(), offset_header_name)));
    return message->with_envelope(message->exchange(), message->routing_key(),
                                  as_bytes(edit.encode(message->body_bytes())), message->traits());
}

}  // namespace warren::broker
