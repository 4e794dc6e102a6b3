#pragma once
// Cuts AMQP frames in place (AMQP 0-9-1, section 4.2.3): bytes go in, a frame, "more bytes" or a
// fault come out. Copies nothing, allocates nothing, keeps no state but the negotiated frame size.
//
//   type u8 | channel u16 | payload size u32 | payload | end octet 206
#include <cstddef>
#include <cstdint>

#include "amqp091/reply_code.h"
#include "base/bytes.h"
#include "base/ids.h"
#include "base/limits.h"

namespace warren::amqp091 {

enum class FrameType : std::uint8_t { method = 1, header = 2, body = 3, heartbeat = 8 };

inline constexpr std::size_t frame_start_bytes = 7;
inline constexpr std::byte frame_end{206};

// A whole frame. The payload borrows from the input. A method frame holds at least four bytes, a
// header frame at least twelve, a heartbeat frame none.
struct Frame {
    FrameType type = FrameType::heartbeat;
    ChannelId channel;
    ByteView payload;

    std::size_t total_bytes() const { return payload.size() + limits::frame_overhead_bytes; }
};

// Why the input is not a frame. Input behind it cannot be read: except for unknown_frame, where
// RabbitMQ, too, closes the connection, the place of the next frame is lost.
struct FrameFault {
    enum class Kind : std::uint8_t { too_large, bad_end_octet, unknown_frame };

    Kind kind = Kind::unknown_frame;
    std::uint8_t type = 0;
    std::uint8_t end_octet = 0;
    ChannelId channel;
    std::uint32_t payload_bytes = 0;
    std::uint32_t payload_bytes_max = 0;  // what the negotiated size allows
    ByteView payload;                     // empty when too large; borrows from the input

    // 501 with RabbitMQ's text, such as "type 1, all octets = <<>>:
    // {frame_too_large,140000,131064}".
    AmqpError to_error() const;
};

// A frame at a place where none of its kind may come: 505 "type 8, all octets = <<>>".
AmqpError unexpected_frame_error(const Frame& frame);

struct FrameStep {
    enum class Kind : std::uint8_t { frame, need_more, fault };

    Kind kind = Kind::need_more;
    Frame frame{};
    // need_more: the frame is complete once the input has this many bytes.
    std::size_t bytes_wanted = 0;
};

class FrameReader {
public:
    // frame_bytes_max: negotiated size of a whole frame; 0 means as much as
    // limits::frame_bytes_unlimited.
    explicit FrameReader(std::uint32_t frame_bytes_max = limits::handshake_frame_bytes_max) {
        set_frame_bytes_max(frame_bytes_max);
    }

    void set_frame_bytes_max(std::uint32_t frame_bytes_max) {
        frame_bytes_max_ = frame_bytes_max == 0 ? limits::frame_bytes_unlimited : frame_bytes_max;
    }
    std::uint32_t frame_bytes_max() const { return frame_bytes_max_; }

    // Looks at the frame at the start of the input; the caller goes on behind frame.total_bytes().
    FrameStep next(ByteView input) const {
        if (input.size() < frame_start_bytes) return need_more(limits::frame_overhead_bytes);
        const std::byte* at = input.data();
        const auto payload_bytes = load_big_endian<std::uint32_t>(at + 3);
        // RabbitMQ lets the payload alone be as large as the whole frame may be: clients that are
        // off by the eight bytes around it have always worked.
        if (payload_bytes > frame_bytes_max_) [[unlikely]]
            return {.kind = FrameStep::Kind::fault};
        const std::size_t total_bytes = payload_bytes + limits::frame_overhead_bytes;
        if (input.size() < total_bytes) return need_more(total_bytes);
        const auto type = std::to_integer<std::uint8_t>(at[0]);
        if (at[total_bytes - 1] != frame_end || !shape_is_known(type, payload_bytes)) [[unlikely]]
            return {.kind = FrameStep::Kind::fault};
        return {.kind = FrameStep::Kind::frame,
                .frame = {.type = FrameType{type},
                          .channel = {load_big_endian<std::uint16_t>(at + 1)},
                          .payload = input.subspan(frame_start_bytes, payload_bytes)}};
    }

    // Says what is wrong with input for which next() gave a fault.
    FrameFault fault_of(ByteView input) const;

private:
    static FrameStep need_more(std::size_t bytes_wanted) {
        return {.kind = FrameStep::Kind::need_more, .bytes_wanted = bytes_wanted};
    }

    static bool shape_is_known(std::uint8_t type, std::uint32_t payload_bytes) {
        switch (FrameType{type}) {
            case FrameType::method:
                return payload_bytes >= 4;
            case FrameType::header:
                return payload_bytes >= 12;
            case FrameType::body:
                return true;
            case FrameType::heartbeat:
                return payload_bytes == 0;
        }
        return false;
    }

    std::uint32_t frame_bytes_max_ = 0;
};

}  // namespace warren::amqp091
