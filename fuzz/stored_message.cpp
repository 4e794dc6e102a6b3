// Stored messages: whatever is read decodes to a message that can be stored again and comes back
// the same, or is refused with a text. The first byte of the input says how much of the rest is a
// body stored apart: none, or the last 2^n bytes.
#include <cstdint>
#include <string>

#include "base/ensure.h"
#include "broker/message_codec.h"

using namespace warren;
using namespace warren::broker;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const ByteView input(reinterpret_cast<const std::byte*>(data + 1), size - 1);
    std::size_t apart = data[0] == 0 ? 0 : std::size_t{1} << (data[0] % 16);
    if (apart > input.size()) apart = 0;
    const ByteView payload = input.first(input.size() - apart);

    const auto message = decode_message(payload, input.last(apart));
    if (!message) {
        ENSURE(!message.error().empty());
        return 0;
    }
    (*message)->routing_key();
    (*message)->hidden_keys();
    // An embedded body stays embedded unless memory keeps it apart.
    const EncodedMessage encoded(**message, apart == 0 ? UINT64_MAX : 1);
    ENSURE(as_text(encoded.body()) == as_text(input.last(apart)) || apart == 0);
    std::string again;
    for (const ByteView piece : encoded.payload())
        again += as_text(piece);
    const auto second = decode_message(as_bytes(again), encoded.body());
    ENSURE(second.has_value());
    ENSURE(as_text((*second)->envelope()) == as_text((*message)->envelope()));
    ENSURE(as_text((*second)->body()) == as_text((*message)->body()));
    return 0;
}
