#pragma once
// Messages of a stream as its log keeps them: a head of the stream's own, then the message as every
// queue stores it. Reading is fast because nothing of a message is decoded that a reader does not
// need: its header is only copied, with the offset put in.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "broker/message.h"
#include "broker/message_codec.h"
#include "broker/stream/bloom_filter.h"
#include "broker/stream/stream_format.h"

namespace warren::broker {

// A batch is what a stream has taken in one turn: what is a chunk to RabbitMQ.
struct StreamEntryHead {
    std::uint64_t offset = 0;
    std::int64_t timestamp_ms = 0;  // of its batch
    std::uint16_t batch_index = 0;  // place in its batch
    std::uint16_t batch_count = 0;  // messages of its batch; 0 unless the first of it
    ByteView filter;                // of its batch; empty unless the first of it
};

// A message on its way to storage: heads of its own, the rest borrowed from the message.
class EncodedStreamEntry {
public:
    EncodedStreamEntry(const StreamEntryHead& head, const Message& message,
                       std::uint64_t embed_bytes_max);

    // Borrows from this object and from the message.
    std::array<ByteView, 2> payload() const {
        return {ByteView(head_.data(), head_bytes_), message_.payload()[1]};
    }
    ByteView body() const { return message_.body(); }

private:
    EncodedMessage message_;
    std::size_t head_bytes_ = 0;
    std::array<std::byte, stream_format::message::head_bytes + stream_format::filter_bytes_max +
                              message_format::head_bytes>
        head_{};
};

// An entry that has come back. Borrows from what was read.
struct StreamEntry {
    StreamEntryHead head;
    MessageParts message;
};
// Lengths are checked, and all that a delivery relies on; whatever the bytes are, the outcome is
// sound or a text that says what is wrong.
Result<StreamEntry, std::string> decode_stream_entry(ByteView payload, ByteView body);

// The message as it was published.
MessageRef make_message(const StreamEntry& entry);

// What retention counts: for a message, and in addition for a batch.
inline constexpr std::uint64_t batch_overhead_bytes = 48;
std::uint64_t stored_bytes(const Message& message);
std::uint64_t stored_bytes(const MessageParts& message);

}  // namespace warren::broker
