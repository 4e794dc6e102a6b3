#pragma once
// The few words of AMQP 0-9-1 that a load generator speaks. Written apart from the broker's codec
// on purpose: a mistake made in one of the two must show as a disagreement and not cancel itself
// out.
//
// FrameWriter builds the frames of set-up and of acknowledgements; publishes are prebuilt by
// PublishRing, and what arrives in the hot path is read by FrameScanner.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace loadgen {

constexpr std::size_t frame_header_bytes = 7;    // type, channel, payload size
constexpr std::size_t frame_overhead_bytes = 8;  // and the end octet
constexpr unsigned char frame_end = 0xCE;

enum class FrameType : std::uint8_t { method = 1, header = 2, body = 3, heartbeat = 8 };

// Class id in the upper half, method id in the lower, as they stand on the wire.
enum class Method : std::uint32_t {
    connection_start = 0x000A'000A,
    connection_start_ok = 0x000A'000B,
    connection_tune = 0x000A'001E,
    connection_tune_ok = 0x000A'001F,
    connection_open = 0x000A'0028,
    connection_open_ok = 0x000A'0029,
    connection_close = 0x000A'0032,
    connection_close_ok = 0x000A'0033,
    connection_blocked = 0x000A'003C,
    connection_unblocked = 0x000A'003D,
    channel_open = 0x0014'000A,
    channel_open_ok = 0x0014'000B,
    channel_flow = 0x0014'0014,
    channel_flow_ok = 0x0014'0015,
    channel_close = 0x0014'0028,
    channel_close_ok = 0x0014'0029,
    exchange_declare = 0x0028'000A,
    exchange_declare_ok = 0x0028'000B,
    exchange_delete = 0x0028'0014,
    exchange_delete_ok = 0x0028'0015,
    queue_declare = 0x0032'000A,
    queue_declare_ok = 0x0032'000B,
    queue_bind = 0x0032'0014,
    queue_bind_ok = 0x0032'0015,
    queue_purge = 0x0032'001E,
    queue_purge_ok = 0x0032'001F,
    queue_delete = 0x0032'0028,
    queue_delete_ok = 0x0032'0029,
    queue_unbind = 0x0032'0032,
    queue_unbind_ok = 0x0032'0033,
    basic_qos = 0x003C'000A,
    basic_qos_ok = 0x003C'000B,
    basic_consume = 0x003C'0014,
    basic_consume_ok = 0x003C'0015,
    basic_cancel = 0x003C'001E,
    basic_publish = 0x003C'0028,
    basic_return = 0x003C'0032,
    basic_deliver = 0x003C'003C,
    basic_ack = 0x003C'0050,
    basic_nack = 0x003C'0078,
    confirm_select = 0x0055'000A,
    confirm_select_ok = 0x0055'000B,
};

std::string method_name(Method method);

template <typename Unsigned>
Unsigned load_big(const char* at) {
    Unsigned value;
    std::memcpy(&value, at, sizeof value);
    if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
    return value;
}

template <typename Unsigned>
void store_big(char* at, Unsigned value) {
    if constexpr (std::endian::native == std::endian::little) value = std::byteswap(value);
    std::memcpy(at, &value, sizeof value);
}

using FieldValue = std::variant<bool, std::int64_t, std::string>;
using FieldTable = std::vector<std::pair<std::string, FieldValue>>;

// Reads "key=value": whole numbers become 64-bit integers, true and false booleans, all else
// strings.
std::optional<std::pair<std::string, FieldValue>> parse_field(std::string_view text);

// Appends frames to a string. Between begin() and end() the fields of one frame are written in
// order.
class FrameWriter {
public:
    explicit FrameWriter(std::string& out) : out_(out) {}

    FrameWriter& begin(FrameType type, std::uint16_t channel);
    FrameWriter& method(std::uint16_t channel, Method method);
    FrameWriter& u8(std::uint8_t value) { return append(value); }
    FrameWriter& u16(std::uint16_t value) { return append(value); }
    FrameWriter& u32(std::uint32_t value) { return append(value); }
    FrameWriter& u64(std::uint64_t value) { return append(value); }
    FrameWriter& raw(std::string_view bytes);
    FrameWriter& short_string(std::string_view text);
    FrameWriter& long_string(std::string_view text);
    FrameWriter& table(const FieldTable& fields);
    void end();

private:
    template <typename Unsigned>
    FrameWriter& append(Unsigned value) {
        char bytes[sizeof value];
        store_big(bytes, value);
        out_.append(bytes, sizeof value);
        return *this;
    }

    std::string& out_;
    std::size_t frame_at_ = 0;
};

// Reads the fields of one payload from front to back; after the end it yields zeros and ok() is
// false.
class FieldReader {
public:
    explicit FieldReader(std::string_view payload) : rest_(payload) {}

    std::uint8_t u8() { return take<std::uint8_t>(); }
    std::uint16_t u16() { return take<std::uint16_t>(); }
    std::uint32_t u32() { return take<std::uint32_t>(); }
    std::uint64_t u64() { return take<std::uint64_t>(); }
    std::string_view short_string() { return bytes(u8()); }
    std::string_view long_string() { return bytes(u32()); }
    bool ok() const { return ok_; }
    // Nothing is left to read, or what was asked for was not there.
    bool at_end() const { return !ok_ || rest_.empty(); }

private:
    std::string_view bytes(std::size_t count) {
        if (count > rest_.size()) {
            ok_ = false;
            rest_ = {};
            return {};
        }
        const std::string_view taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }
    template <typename Unsigned>
    Unsigned take() {
        const std::string_view taken = bytes(sizeof(Unsigned));
        return taken.empty() ? Unsigned{0} : load_big<Unsigned>(taken.data());
    }

    std::string_view rest_;
    bool ok_ = true;
};

struct Frame {
    FrameType type{};
    std::uint16_t channel = 0;
    std::string_view payload;  // borrows from the input
    std::size_t bytes = 0;     // the frame's length, end octet included

    Method method() const {
        return payload.size() < 4 ? Method{} : Method{load_big<std::uint32_t>(payload.data())};
    }
    std::string_view arguments() const {
        return payload.size() < 4 ? std::string_view{} : payload.substr(4);
    }
};

// The first whole frame of `input`, or nothing when it is not complete yet. Throws
// std::runtime_error on a frame without the end octet, which is where a client that lost its place
// finds out.
std::optional<Frame> first_frame(std::string_view input);

// "320 CONNECTION_FORCED - ..." out of the arguments of connection.close or channel.close.
std::string describe_close(std::string_view arguments);

}  // namespace loadgen
