// What a stream has stored: whatever is read is refused with a text, or is a sound chunk or message
// that can be stored again and comes back the same.
#include <cstdint>
#include <string>

#include "base/ensure.h"
#include "broker/stream/chunk.h"
#include "broker/stream/delivered_message.h"
#include "broker/stream/stream_entry.h"

using namespace warren;
using namespace warren::broker;

namespace {

void try_chunk(ByteView input) {
    const auto chunk = decode_chunk(input);
    if (!chunk) {
        ENSURE(!chunk.error().empty());
        return;
    }
    ENSURE(chunk->count != 0 && chunk->last_batch_offset < chunk->end_offset());
    const auto again = decode_chunk(as_bytes(encode_chunk(*chunk)));
    ENSURE(again.has_value() && *again == *chunk);
    BloomFilter filter = chunk->filter;
    filter.merge(BloomFilter(16));
    filter.may_contain("value");
}

void try_entry(ByteView input) {
    const auto entry = decode_stream_entry(input, {});
    if (!entry) {
        ENSURE(!entry.error().empty());
        return;
    }
    const MessageRef message = make_message(*entry);
    const EncodedStreamEntry encoded(entry->head, *message, UINT64_MAX);
    std::string bytes;
    for (const ByteView piece : encoded.payload())
        bytes += as_text(piece);
    // A body in a buffer of its own is stored apart.
    const auto again = decode_stream_entry(as_bytes(bytes), encoded.body());
    ENSURE(again.has_value() && again->head.offset == entry->head.offset);
    ENSURE(as_text(again->message.body) == as_text(entry->message.body));
    std::string scratch;
    const MessageRef delivered = with_offset(entry->message, entry->head.offset, scratch);
    const auto header = amqp091::ContentHeader::decode(delivered->header());
    ENSURE(header.has_value() && header->delivery_mode() != 0);
    ENSURE(header->headers().find(offset_header_name).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(reinterpret_cast<const std::byte*>(data), size);
    try_chunk(input);
    try_entry(input);
    return 0;
}
