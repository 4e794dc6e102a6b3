#include "amqp091/frame_reader.h"

#include <algorithm>

#include "amqp091/erlang_text.h"

namespace warren::amqp091 {

namespace {

// "type 1, first 16 octets = <<...>>": RabbitMQ shows the start of what it refuses.
std::string frame_snippet(std::uint8_t type, ByteView payload) {
    constexpr std::size_t shown_bytes = 16;
    std::string text = "type " + std::to_string(type);
    text += payload.size() <= shown_bytes ? ", all octets = " : ", first 16 octets = ";
    append_binary(text, payload.first(std::min(payload.size(), shown_bytes)), text.size());
    return text;
}

}  // namespace

FrameFault FrameReader::fault_of(ByteView input) const {
    ByteReader in(input);
    FrameFault fault;
    fault.type = in.u8();
    fault.channel = {in.u16()};
    fault.payload_bytes = in.u32();
    fault.payload_bytes_max =
        frame_bytes_max_ - static_cast<std::uint32_t>(limits::frame_overhead_bytes);
    if (fault.payload_bytes > frame_bytes_max_) {
        fault.kind = FrameFault::Kind::too_large;
        return fault;
    }
    fault.payload = in.bytes(fault.payload_bytes);
    fault.end_octet = in.u8();
    fault.kind = std::byte{fault.end_octet} == frame_end ? FrameFault::Kind::unknown_frame
                                                         : FrameFault::Kind::bad_end_octet;
    return fault;
}

AmqpError FrameFault::to_error() const {
    std::string text = frame_snippet(type, payload);
    switch (kind) {
        case Kind::too_large:
            text += ": {frame_too_large," + std::to_string(payload_bytes) + "," +
                    std::to_string(payload_bytes_max) + "}";
            break;
        case Kind::bad_end_octet:
            text += ": {invalid_frame_end_marker," + std::to_string(end_octet) + "}";
            break;
        case Kind::unknown_frame:
            text += ": unknown_frame";
            break;
    }
    return {ReplyCode::frame_error, std::move(text)};
}

AmqpError unexpected_frame_error(const Frame& frame) {
    return {ReplyCode::unexpected_frame,
            frame_snippet(static_cast<std::uint8_t>(frame.type), frame.payload)};
}

}  // namespace warren::amqp091
