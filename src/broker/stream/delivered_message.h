#pragma once
// A message of a stream as consumers get it: with the header x-stream-offset, and a delivery mode
// even if its publisher gave none, as in RabbitMQ. The header is not decoded and encoded again:
// what is added goes in between the bytes that are there.
#include <cstdint>
#include <string>
#include <string_view>

#include "amqp091/content_header.h"
#include "broker/message.h"
#include "broker/message_codec.h"

namespace warren::broker {

inline constexpr std::string_view offset_header_name = "x-stream-offset";
inline constexpr std::string_view filter_header_name = "x-stream-filter-value";

// Replaces what `out` held by the payload of the new header. The old one must not have the field.
void add_offset(const amqp091::ContentHeader& header, std::uint64_t offset, std::string& out);

// Both keep the memory of `scratch` for the next one.
MessageRef with_offset(const Message& message, std::uint64_t offset, std::string& scratch);
MessageRef with_offset(const MessageParts& parts, std::uint64_t offset, std::string& scratch);

// What the header x-stream-filter-value says; empty: nothing, or not a text.
std::string filter_value_of(const Message& message);
// The message without the header x-stream-offset that its publisher gave it: the same if there is
// none.
MessageRef without_offset(MessageRef message);

}  // namespace warren::broker
