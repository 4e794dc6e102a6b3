#pragma once
// Writes frames. Away from the hot path they are appended to a std::string; deliveries and confirms
// are written straight into memory that the caller has reserved: first ask for the size, then
// write.
//
// A frame_bytes_max is the negotiated size of a whole frame, never 0 here
// (FrameReader::frame_bytes_max()).
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "amqp091/frame_reader.h"
#include "amqp091/raw_writer.h"
#include "base/bytes.h"
#include "base/ensure.h"
#include "base/ids.h"
#include "base/limits.h"

namespace warren::amqp091 {

// ---- any memory

// Type, channel and payload size; the payload and frame_end must follow.
inline void write_frame_start(RawWriter& out, FrameType type, ChannelId channel,
                              std::size_t payload_bytes) {
    out.u8(static_cast<std::uint8_t>(type));
    out.u16(channel.value);
    out.u32(static_cast<std::uint32_t>(payload_bytes));
}
inline void write_frame_end(RawWriter& out) {
    out.u8(std::to_integer<std::uint8_t>(frame_end));
}

// Size of the frame of a method (any struct of methods.h).
template <typename Method>
std::size_t method_frame_bytes(const Method& method) {
    return limits::frame_overhead_bytes + 4 + method.encoded_bytes();
}

template <typename Method>
std::byte* write_method(std::byte* at, ChannelId channel, const Method& method) {
    RawWriter out(at);
    write_frame_start(out, FrameType::method, channel, 4 + method.encoded_bytes());
    out.u32(static_cast<std::uint32_t>(Method::id));
    method.encode(out);
    write_frame_end(out);
    return out.at();
}

// ---- appended to a string

template <typename Method>
void append_method(std::string& output, ChannelId channel, const Method& method) {
    const std::size_t start = output.size();
    output.resize(start + method_frame_bytes(method));
    auto* const at = reinterpret_cast<std::byte*>(output.data());
    const std::byte* end = write_method(at + start, channel, method);
    ENSURE(end == at + output.size());
}
// `header` is the payload of a content header frame.
void append_content_header(std::string& output, ChannelId channel, ByteView header);
// As many body frames as it takes; none for an empty body.
void append_body(std::string& output, ChannelId channel, ByteView body,
                 std::uint32_t frame_bytes_max);
void append_heartbeat(std::string& output);

// ---- deliveries, into reserved memory

// One message on its way to one consumer.
struct DeliveryFrames {
    ChannelId channel;
    std::string_view consumer_tag;
    DeliveryTag delivery_tag;
    bool redelivered = false;
    ByteView address;  // short strings exchange and routing key, as broker::Message keeps them
    ByteView header;   // payload of the content header frame
};

inline constexpr std::size_t body_frame_payload_max(std::uint32_t frame_bytes_max) {
    return frame_bytes_max - limits::frame_overhead_bytes;
}

// basic.deliver and the content header.
inline std::size_t delivery_head_bytes(const DeliveryFrames& delivery) {
    return 2 * limits::frame_overhead_bytes + 4 + 1 + delivery.consumer_tag.size() + 8 + 1 +
           delivery.address.size() + delivery.header.size();
}
std::byte* write_delivery_head(std::byte* at, const DeliveryFrames& delivery);

// Body frames of a body.
inline std::size_t body_frames_bytes(std::size_t body_bytes, std::uint32_t frame_bytes_max) {
    const std::size_t payload_max = body_frame_payload_max(frame_bytes_max);
    if (body_bytes <= payload_max) [[likely]]
        return body_bytes == 0 ? 0 : body_bytes + limits::frame_overhead_bytes;
    const std::size_t frames = (body_bytes + payload_max - 1) / payload_max;
    return body_bytes + frames * limits::frame_overhead_bytes;
}
std::byte* write_body_frames(std::byte* at, ChannelId channel, ByteView body,
                             std::uint32_t frame_bytes_max);

// The whole delivery, body included.
inline std::size_t delivery_bytes(const DeliveryFrames& delivery, std::size_t body_bytes,
                                  std::uint32_t frame_bytes_max) {
    return delivery_head_bytes(delivery) + body_frames_bytes(body_bytes, frame_bytes_max);
}
inline std::byte* write_delivery(std::byte* at, const DeliveryFrames& delivery, ByteView body,
                                 std::uint32_t frame_bytes_max) {
    return write_body_frames(write_delivery_head(at, delivery), delivery.channel, body,
                             frame_bytes_max);
}

// Bodies that are sent from where they lie, by gathered write:
//   head | start | slice | seam | slice | seam | slice | end
// with slices of body_frame_payload_max() bytes, the last one shorter. A seam is the end of one
// body frame and the start of the next.
inline constexpr std::size_t body_start_bytes = frame_start_bytes;
inline constexpr std::size_t body_seam_bytes = 1 + frame_start_bytes;
inline constexpr std::size_t body_end_bytes = 1;

inline std::byte* write_body_start(std::byte* at, ChannelId channel, std::size_t slice_bytes) {
    RawWriter out(at);
    write_frame_start(out, FrameType::body, channel, slice_bytes);
    return out.at();
}
inline std::byte* write_body_seam(std::byte* at, ChannelId channel, std::size_t next_slice_bytes) {
    *at = frame_end;
    return write_body_start(at + 1, channel, next_slice_bytes);
}
inline std::byte* write_body_end(std::byte* at) {
    *at = frame_end;
    return at + 1;
}

}  // namespace warren::amqp091
