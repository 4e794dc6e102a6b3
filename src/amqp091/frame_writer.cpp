#include "amqp091/frame_writer.h"

#include "amqp091/methods.h"

namespace warren::amqp091 {

namespace {

void write_frame(RawWriter& out, FrameType type, ChannelId channel, ByteView payload) {
    write_frame_start(out, type, channel, payload.size());
    out.bytes(payload);
    write_frame_end(out);
}

// Makes room at the end of a string and returns where it starts.
std::byte* extend(std::string& output, std::size_t bytes) {
    const std::size_t start = output.size();
    output.resize(start + bytes);
    return reinterpret_cast<std::byte*>(output.data()) + start;
}

}  // namespace

void append_content_header(std::string& output, ChannelId channel, ByteView header) {
    RawWriter out(extend(output, limits::frame_overhead_bytes + header.size()));
    write_frame(out, FrameType::header, channel, header);
}

void append_body(std::string& output, ChannelId channel, ByteView body,
                 std::uint32_t frame_bytes_max) {
    write_body_frames(extend(output, body_frames_bytes(body.size(), frame_bytes_max)), channel,
                      body, frame_bytes_max);
}

void append_heartbeat(std::string& output) {
    RawWriter out(extend(output, limits::frame_overhead_bytes));
    write_frame(out, FrameType::heartbeat, ChannelId{0}, {});
}

std::byte* write_delivery_head(std::byte* at, const DeliveryFrames& delivery) {
    RawWriter out(at);
    const std::size_t arguments_bytes =
        1 + delivery.consumer_tag.size() + 8 + 1 + delivery.address.size();
    write_frame_start(out, FrameType::method, delivery.channel, 4 + arguments_bytes);
    out.u32(static_cast<std::uint32_t>(BasicDeliver::id));
    out.short_string(delivery.consumer_tag);
    out.u64(delivery.delivery_tag.value);
    out.u8(delivery.redelivered ? 1 : 0);
    out.bytes(delivery.address);
    write_frame_end(out);
    write_frame(out, FrameType::header, delivery.channel, delivery.header);
    return out.at();
}

std::byte* write_body_frames(std::byte* at, ChannelId channel, ByteView body,
                             std::uint32_t frame_bytes_max) {
    RawWriter out(at);
    const std::size_t payload_max = body_frame_payload_max(frame_bytes_max);
    while (body.size() > payload_max) {
        write_frame(out, FrameType::body, channel, body.first(payload_max));
        body = body.subspan(payload_max);
    }
    if (!body.empty()) write_frame(out, FrameType::body, channel, body);
    return out.at();
}

}  // namespace warren::amqp091
