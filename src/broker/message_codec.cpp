#include "broker/message_codec.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "storage/little_endian.h"

namespace warren::broker {

using namespace message_format;
using storage::load_little_endian;
using storage::store_little_endian;

EncodedMessage::EncodedMessage(const Message& message, std::uint64_t embed_bytes_max) {
    const ByteView body = message.body();
    const bool apart =
        !message.body_is_inline() || (!body.empty() && body.size() >= embed_bytes_max);
    if (apart) body_ = body;
    const ByteView envelope = message.envelope();
    block_ = {envelope.data(), envelope.size() + (apart ? 0 : body.size())};

    const MessageTraits& traits = message.traits();
    std::byte* head = head_.data();
    store_little_endian(head + type_at, type_message);
    store_little_endian(head + version_at, version);
    store_little_endian(head + flags_at,
                        static_cast<std::uint8_t>((traits.persistent ? flag_persistent : 0) |
                                                  (traits.has_headers ? flag_headers : 0) |
                                                  (apart ? flag_body_apart : 0)));
    store_little_endian(head + priority_at, traits.priority);
    store_little_endian(head + death_mark_at, static_cast<std::uint8_t>(traits.deaths));
    store_little_endian(head + reserved_at, std::uint8_t{0});
    store_little_endian(head + address_bytes_at,
                        static_cast<std::uint16_t>(message.address().size()));
    store_little_endian(head + header_bytes_at,
                        static_cast<std::uint32_t>(message.header().size()));
    store_little_endian(head + hidden_keys_bytes_at,
                        static_cast<std::uint32_t>(message.encoded_hidden_keys().size()));
    store_little_endian(head + expiration_ms_at, traits.expiration_ms);
}

namespace {

template <typename... Arguments>
std::unexpected<std::string> fault(fmt::format_string<Arguments...> text,
                                   Arguments&&... arguments) {
    return fail("stored message: " + fmt::format(text, std::forward<Arguments>(arguments)...));
}

// The pieces of a payload whose lengths add up.
struct Pieces {
    std::uint8_t flags = 0;
    MessageTraits traits;
    ByteView address;
    ByteView header;
    ByteView hidden_keys;
    ByteView rest;
};

Result<MessageTraits, std::string> read_traits(const std::byte* head) {
    const auto flags = load_little_endian<std::uint8_t>(head + flags_at);
    if ((flags & ~known_flags) != 0) return fault("unknown flags {:#x}", flags);
    const auto deaths = load_little_endian<std::uint8_t>(head + death_mark_at);
    if (deaths > static_cast<std::uint8_t>(DeathMark::rerouted))
        return fault("unknown death mark {}", deaths);
    MessageTraits traits;
    traits.expiration_ms = load_little_endian<std::uint64_t>(head + expiration_ms_at);
    traits.priority = load_little_endian<std::uint8_t>(head + priority_at);
    traits.persistent = (flags & flag_persistent) != 0;
    traits.has_headers = (flags & flag_headers) != 0;
    traits.deaths = DeathMark{deaths};
    return traits;
}

Result<Pieces, std::string> cut(ByteView payload) {
    if (payload.size() < head_bytes) return fault("{} bytes are no head", payload.size());
    const std::byte* head = payload.data();
    const auto type = load_little_endian<std::uint8_t>(head + type_at);
    if (type != type_message) return fault("unknown type {}", type);
    const auto written_version = load_little_endian<std::uint8_t>(head + version_at);
    if (written_version != version) return fault("unknown version {}", written_version);
    auto traits = read_traits(head);
    if (!traits) return fail(traits.error());

    const std::uint64_t address_bytes = load_little_endian<std::uint16_t>(head + address_bytes_at);
    const std::uint64_t header_bytes = load_little_endian<std::uint32_t>(head + header_bytes_at);
    const std::uint64_t hidden_keys_bytes =
        load_little_endian<std::uint32_t>(head + hidden_keys_bytes_at);
    const ByteView block = payload.subspan(head_bytes);
    if (address_bytes + header_bytes + hidden_keys_bytes > block.size())
        return fault("{} bytes for an envelope of {}", block.size(),
                     address_bytes + header_bytes + hidden_keys_bytes);
    Pieces pieces;
    pieces.flags = load_little_endian<std::uint8_t>(head + flags_at);
    pieces.traits = *traits;
    pieces.address = block.first(address_bytes);
    pieces.header = block.subspan(address_bytes, header_bytes);
    pieces.hidden_keys = block.subspan(address_bytes + header_bytes, hidden_keys_bytes);
    pieces.rest = block.subspan(address_bytes + header_bytes + hidden_keys_bytes);
    return pieces;
}

bool is_address(ByteView bytes) {
    ByteReader reader(bytes);
    reader.short_string();
    reader.short_string();
    return reader.ok() && reader.at_end();
}

bool are_long_strings(ByteView bytes) {
    ByteReader reader(bytes);
    while (!reader.at_end())
        reader.long_string();
    return reader.ok();
}

}  // namespace

Result<MessageParts, std::string> read_message_parts(ByteView payload, ByteView body) {
    const auto pieces = cut(payload);
    if (!pieces) return fail(pieces.error());
    const bool apart = (pieces->flags & flag_body_apart) != 0;
    if (apart != !body.empty() || (apart && !pieces->rest.empty()))
        return fault("a body of {} bytes apart and {} in the payload", body.size(),
                     pieces->rest.size());
    if (!apart) body = pieces->rest;
    if (body.size() > limits::message_bytes_max) return fault("a body of {} bytes", body.size());
    if (!is_address(pieces->address)) return fault("the address is not two short strings");
    if (!are_long_strings(pieces->hidden_keys)) return fault("hidden keys are cut off");
    // Dead-lettering and routing rely on a header that can be read.
    const auto header = amqp091::ContentHeader::decode(pieces->header);
    if (!header) return fault("content header {}", amqp091::describe(header.error()));
    if (header->body_bytes() != body.size())
        return fault("a body of {} bytes under a header that says {}", body.size(),
                     header->body_bytes());
    return MessageParts{pieces->traits, pieces->address, *header, pieces->hidden_keys, body};
}

Result<MessageRef, std::string> decode_message(ByteView payload, ByteView body) {
    const auto parts = read_message_parts(payload, body);
    if (!parts) return fail(parts.error());
    return Message::make(parts->address, parts->header.payload(), parts->body, parts->traits,
                         parts->hidden_keys);
}

}  // namespace warren::broker
