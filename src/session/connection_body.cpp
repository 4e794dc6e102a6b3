// Large bodies on their way in: the payload of a frame that has not come whole goes to its place in
// the body at once, from the socket where that is possible, so that it is not copied on the way.
#include <algorithm>
#include <cstring>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/log.h"
#include "session/channel.h"
#include "session/connection.h"

namespace warren::session {

using amqp091::FrameFault;
using amqp091::FrameType;

// `input` is the start of a frame that is not whole. Returns what it has used of it.
std::size_t Connection::begin_partial_body(ByteView input) {
    if (state_ != State::running || input.size() < amqp091::frame_start_bytes ||
        FrameType{std::to_integer<std::uint8_t>(input[0])} != FrameType::body)
        return 0;
    const ChannelId id{load_big_endian<std::uint16_t>(input.data() + 1)};
    const auto payload_bytes = load_big_endian<std::uint32_t>(input.data() + 3);
    Channel* const channel = find_channel(id);
    if (channel == nullptr || !channel->open()) return 0;
    const ContentAssembler& assembler = channel->publisher().assembler();
    if (!assembler.takes_parts(payload_bytes)) return 0;
    if (assembler.body_bytes() >= limits::direct_body_bytes_min)
        read_bytes_max_ = limits::direct_body_read_bytes;
    partial_body_ = PartialBody{id, payload_bytes, payload_bytes};
    return amqp091::frame_start_bytes +
           take_partial_body(input.subspan(amqp091::frame_start_bytes));
}

std::size_t Connection::take_partial_body(ByteView input) {
    const std::size_t bytes = std::min<std::size_t>(partial_body_->bytes_left, input.size());
    if (ContentAssembler* const assembler = partial_assembler();
        assembler != nullptr && bytes != 0) {
        std::memcpy(assembler->room(bytes).data(), input.data(), bytes);
        assembler->note_received(bytes);
    }
    partial_body_->bytes_left -= static_cast<std::uint32_t>(bytes);
    if (bytes == input.size()) return bytes;
    return end_partial_body(input[bytes]) ? bytes + 1 : input.size();
}

// False: what follows cannot be read.
bool Connection::end_partial_body(std::byte end_octet) {
    const PartialBody ended = *std::exchange(partial_body_, std::nullopt);
    Channel* const channel = find_channel(ended.channel);
    const bool wanted = channel != nullptr && channel->open();
    if (end_octet != amqp091::frame_end) {
        FrameFault fault;
        fault.kind = FrameFault::Kind::bad_end_octet;
        fault.type = static_cast<std::uint8_t>(FrameType::body);
        fault.end_octet = std::to_integer<std::uint8_t>(end_octet);
        fault.payload_bytes = ended.payload_bytes;
        if (wanted)
            fault.payload = channel->publisher().assembler().received().last(ended.payload_bytes);
        close_for(fault.to_error(), {});
        return false;
    }
    if (!wanted) return true;
    const log::OriginScope origin(id_, ended.channel);
    if (auto handled = channel->on_body_end(); !handled) raise(ended.channel, handled.error());
    return true;
}

// Null: its channel has been closed meanwhile, and nobody wants the rest.
ContentAssembler* Connection::partial_assembler() const {
    Channel* const channel = find_channel(partial_body_->channel);
    return channel != nullptr && channel->open() ? &channel->publisher().assembler() : nullptr;
}

std::span<std::byte> Connection::direct_room() {
    if (!partial_body_ || partial_body_->bytes_left == 0) return {};
    ContentAssembler* const assembler = partial_assembler();
    return assembler == nullptr ? std::span<std::byte>()
                                : assembler->room(partial_body_->bytes_left);
}

void Connection::on_direct_bytes(std::size_t bytes) {
    ENSURE(home_.is_here() && partial_body_ && bytes <= partial_body_->bytes_left);
    partial_assembler()->note_received(bytes);
    partial_body_->bytes_left -= static_cast<std::uint32_t>(bytes);
}

}  // namespace warren::session
