#include "session/publish_template.h"

#include <cstring>

#include "amqp091/content_header.h"
#include "amqp091/frame_reader.h"
#include "amqp091/frame_writer.h"
#include "amqp091/methods.h"

namespace warren::session {

using amqp091::frame_start_bytes;

namespace {

// basic.publish: class and method, the reserved ticket; then the address.
constexpr std::size_t address_at = frame_start_bytes + 4 + 2;
// Class and weight, in the payload of the header frame.
constexpr std::size_t before_body_size_bytes = 4;
constexpr std::size_t body_size_bytes = sizeof(std::uint64_t);
// Type and channel of the body frame; the size behind them differs.
constexpr std::size_t body_frame_same_bytes = 3;

std::string_view text_at(ByteView address, std::size_t at) {
    return as_text(address.subspan(at + 1, std::to_integer<std::size_t>(address[at])));
}

}  // namespace

void PublishTemplate::learn(ChannelId channel, ByteView address, bool mandatory, ByteView header,
                            const broker::MessageTraits& traits, std::uint64_t body_bytes_max) {
    forget();
    if (header.size() > header_bytes_max) return;
    const std::string_view exchange = text_at(address, 0);
    amqp091::append_method(
        lead_, channel,
        amqp091::BasicPublish{.exchange = exchange,
                              .routing_key = text_at(address, 1 + exchange.size()),
                              .mandatory = mandatory});
    std::string header_frame;
    amqp091::append_content_header(header_frame, channel, header);
    constexpr std::size_t before = frame_start_bytes + before_body_size_bytes;
    lead_.append(header_frame, 0, before);
    trail_.assign(header_frame, before + body_size_bytes);
    std::string body_frame;
    amqp091::append_body(body_frame, channel, as_bytes(std::string_view("x")),
                         limits::frame_bytes_min);
    trail_.append(body_frame, 0, body_frame_same_bytes);
    address_bytes_ = address.size();
    header_bytes_ = header.size();
    body_bytes_max_ = body_bytes_max;
    traits_ = traits;
}

PublishTemplate::Match PublishTemplate::match(ByteView input) const {
    const std::size_t trail_at = lead_.size() + body_size_bytes;
    const std::size_t body_frame_size_at = trail_at + trail_.size();
    const std::size_t body_at = body_frame_size_at + sizeof(std::uint32_t);
    if (input.size() <= body_at) return {};
    const std::byte* const start = input.data();
    if (std::memcmp(start, lead_.data(), lead_.size()) != 0 ||
        std::memcmp(start + trail_at, trail_.data(), trail_.size()) != 0)
        return {};
    const auto body_bytes = load_big_endian<std::uint64_t>(start + lead_.size());
    if (body_bytes == 0 || body_bytes > body_bytes_max_ ||
        load_big_endian<std::uint32_t>(start + body_frame_size_at) != body_bytes ||
        input.size() - body_at <= body_bytes || start[body_at + body_bytes] != amqp091::frame_end)
        return {};
    return {.address = input.subspan(address_at, address_bytes_),
            .header = input.subspan(lead_.size() - before_body_size_bytes, header_bytes_),
            .body = input.subspan(body_at, body_bytes),
            .total_bytes = body_at + body_bytes + 1};
}

}  // namespace warren::session
