#pragma once
// Messages as storage keeps them, and back. A message's bytes lie in one block already, so storing
// one costs a small head and no copy; small bodies go with it, large ones are handed over apart, so
// that all queues of a fan-out share one copy on disk as they do in memory.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "amqp091/content_header.h"
#include "base/bytes.h"
#include "base/result.h"
#include "broker/message.h"
#include "broker/message_format.h"
#include "storage/entry.h"

namespace warren::broker {

// A message on its way to storage: a head of its own, the rest borrowed from the message.
class EncodedMessage {
public:
    // Bodies of `embed_bytes_max` bytes or more are stored apart, and so are those that have a
    // buffer of their own.
    EncodedMessage(const Message& message, std::uint64_t embed_bytes_max);

    // Borrows from this object and from the message.
    std::array<ByteView, 2> payload() const { return {ByteView(head_), block_}; }
    // Empty: the payload holds all of the message.
    ByteView body() const { return body_; }

private:
    std::array<std::byte, message_format::head_bytes> head_;
    ByteView block_;
    ByteView body_;
};

// The pieces of a stored message. Borrows from what was read.
struct MessageParts {
    MessageTraits traits;
    ByteView address;
    amqp091::ContentHeader header;
    ByteView hidden_keys;
    ByteView body;
};
// Checks as decode_message() does, and makes no message of it.
Result<MessageParts, std::string> read_message_parts(ByteView payload, ByteView body);

// The message that was stored so. Everything that is relied upon elsewhere is checked: whatever the
// bytes are, the outcome is a sound message or a text that says what is wrong with them.
Result<MessageRef, std::string> decode_message(ByteView payload, ByteView body);

}  // namespace warren::broker
