#include "wire.h"

#include <charconv>
#include <stdexcept>

namespace loadgen {

std::string method_name(Method method) {
    switch (method) {
        case Method::connection_start:
            return "connection.start";
        case Method::connection_tune:
            return "connection.tune";
        case Method::connection_open_ok:
            return "connection.open-ok";
        case Method::connection_close:
            return "connection.close";
        case Method::connection_close_ok:
            return "connection.close-ok";
        case Method::connection_blocked:
            return "connection.blocked";
        case Method::channel_open_ok:
            return "channel.open-ok";
        case Method::channel_close:
            return "channel.close";
        case Method::channel_close_ok:
            return "channel.close-ok";
        case Method::exchange_declare_ok:
            return "exchange.declare-ok";
        case Method::queue_declare_ok:
            return "queue.declare-ok";
        case Method::queue_bind_ok:
            return "queue.bind-ok";
        case Method::queue_delete_ok:
            return "queue.delete-ok";
        case Method::basic_qos_ok:
            return "basic.qos-ok";
        case Method::basic_consume_ok:
            return "basic.consume-ok";
        case Method::basic_cancel:
            return "basic.cancel";
        case Method::basic_return:
            return "basic.return";
        case Method::basic_deliver:
            return "basic.deliver";
        case Method::basic_ack:
            return "basic.ack";
        case Method::basic_nack:
            return "basic.nack";
        case Method::confirm_select_ok:
            return "confirm.select-ok";
        default:
            break;
    }
    const auto number = static_cast<std::uint32_t>(method);
    return "method " + std::to_string(number >> 16) + "." + std::to_string(number & 0xFFFF);
}

std::optional<std::pair<std::string, FieldValue>> parse_field(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    std::string key(text.substr(0, equals));
    const std::string_view value = text.substr(equals + 1);
    if (value == "true" || value == "false") return {{std::move(key), value == "true"}};
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error == std::errc{} && end == value.data() + value.size())
        return {{std::move(key), number}};
    return {{std::move(key), std::string(value)}};
}

FrameWriter& FrameWriter::begin(FrameType type, std::uint16_t channel) {
    frame_at_ = out_.size();
    return u8(static_cast<std::uint8_t>(type)).u16(channel).u32(0);
}

FrameWriter& FrameWriter::method(std::uint16_t channel, Method method) {
    return begin(FrameType::method, channel).u32(static_cast<std::uint32_t>(method));
}

FrameWriter& FrameWriter::raw(std::string_view bytes) {
    out_.append(bytes);
    return *this;
}

FrameWriter& FrameWriter::short_string(std::string_view text) {
    return u8(static_cast<std::uint8_t>(text.size())).raw(text.substr(0, 255));
}

FrameWriter& FrameWriter::long_string(std::string_view text) {
    return u32(static_cast<std::uint32_t>(text.size())).raw(text);
}

FrameWriter& FrameWriter::table(const FieldTable& fields) {
    const std::size_t size_at = out_.size();
    u32(0);
    for (const auto& [key, value] : fields) {
        short_string(key);
        if (const bool* flag = std::get_if<bool>(&value)) {
            u8('t').u8(*flag ? 1 : 0);
        } else if (const std::int64_t* number = std::get_if<std::int64_t>(&value)) {
            u8('l').u64(static_cast<std::uint64_t>(*number));
        } else {
            u8('S').long_string(std::get<std::string>(value));
        }
    }
    store_big(out_.data() + size_at, static_cast<std::uint32_t>(out_.size() - size_at - 4));
    return *this;
}

void FrameWriter::end() {
    const std::size_t payload = out_.size() - frame_at_ - frame_header_bytes;
    store_big(out_.data() + frame_at_ + 3, static_cast<std::uint32_t>(payload));
    u8(frame_end);
}

std::optional<Frame> first_frame(std::string_view input) {
    if (input.starts_with("AMQP"))
        throw std::runtime_error("the peer refused the protocol version");
    if (input.size() < frame_header_bytes) return std::nullopt;
    const std::size_t payload = load_big<std::uint32_t>(input.data() + 3);
    if (input.size() < payload + frame_overhead_bytes) return std::nullopt;
    if (static_cast<unsigned char>(input[frame_header_bytes + payload]) != frame_end) {
        throw std::runtime_error("a frame does not end with 0xCE");
    }
    return Frame{.type = FrameType{static_cast<std::uint8_t>(input[0])},
                 .channel = load_big<std::uint16_t>(input.data() + 1),
                 .payload = input.substr(frame_header_bytes, payload),
                 .bytes = payload + frame_overhead_bytes};
}

std::string describe_close(std::string_view arguments) {
    FieldReader reader(arguments);
    const std::uint16_t code = reader.u16();
    const std::string_view text = reader.short_string();
    return std::to_string(code) + " " + std::string(text);
}

}  // namespace loadgen
