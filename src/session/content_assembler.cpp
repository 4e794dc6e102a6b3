#include "session/content_assembler.h"

#include <fmt/format.h>

#include <cstring>

#include "amqp091/content_header.h"
#include "base/ensure.h"
#include "base/limits.h"

namespace warren::session {

using amqp091::MethodId;
using amqp091::ReplyCode;

namespace {
constexpr std::uint16_t basic_class = 60;
}  // namespace

void ContentAssembler::begin(ByteView address, bool mandatory) {
    ENSURE(state_ == State::idle);
    state_ = State::awaiting_header;
    address_ = address;
    mandatory_ = mandatory;
}

Handled ContentAssembler::on_header(ByteView payload, std::uint64_t body_bytes_max) {
    const auto preamble = amqp091::ContentPreamble::of(payload);
    if (preamble.class_id != basic_class)
        return fail(error_of(MethodId::basic_publish, ReplyCode::unexpected_frame,
                             fmt::format("expected content header for class {}, got one for class "
                                         "{} instead",
                                         basic_class, preamble.class_id)));
    if (preamble.weight != 0)
        return fail(
            error_of(MethodId::basic_publish, ReplyCode::unexpected_frame,
                     "expected content header for class 60, got non content header frame instead"));
    if (preamble.body_bytes > body_bytes_max)
        return fail(error_of(MethodId::basic_publish, ReplyCode::precondition_failed,
                             fmt::format("message size {} is larger than configured max size {}",
                                         preamble.body_bytes, body_bytes_max)));
    header_ = payload;
    body_bytes_ = preamble.body_bytes;
    received_bytes_ = 0;
    state_ = body_bytes_ == 0 ? State::complete : State::awaiting_body;
    return {};
}

Handled ContentAssembler::on_body(ByteView payload) {
    if (payload.size() > body_bytes_ - received_bytes_)
        return fail(error_of(MethodId::basic_publish, ReplyCode::frame_error,
                             "content body frame exceeds remaining content size"));
    if (body_bytes_ > limits::inline_body_bytes_max) {
        if (!payload.empty())
            std::memcpy(room(payload.size()).data(), payload.data(), payload.size());
    } else if (received_bytes_ == 0 && payload.size() == body_bytes_) {
        body_ = payload;
    } else {
        kept_body_.append(as_text(payload));
        body_ = as_bytes(kept_body_);
    }
    note_received(payload.size());
    end_part();
    return {};
}

bool ContentAssembler::takes_parts(std::size_t payload_bytes) const {
    return state_ == State::awaiting_body && body_bytes_ > limits::inline_body_bytes_max &&
           payload_bytes <= body_bytes_ - received_bytes_;
}

std::span<std::byte> ContentAssembler::room(std::size_t bytes) {
    if (!large_body_) large_body_.reset(broker::LargeBody::allocate(body_bytes_));
    return {large_body_->data() + received_bytes_, bytes};
}

void ContentAssembler::end_part() {
    if (received_bytes_ == body_bytes_) state_ = State::complete;
}

void ContentAssembler::keep() {
    if (state_ == State::idle || !kept_envelope_.empty()) {
        // A header that came in a later read than the method is still a view.
        if (state_ != State::awaiting_body ||
            kept_envelope_.size() == address_.size() + header_.size())
            return;
    }
    std::string kept(as_text(address_));
    if (state_ == State::awaiting_body) kept.append(as_text(header_));
    const std::size_t address_bytes = address_.size();
    const std::size_t header_bytes = kept.size() - address_bytes;
    kept_envelope_ = std::move(kept);
    address_ = as_bytes(kept_envelope_).first(address_bytes);
    header_ = as_bytes(kept_envelope_).subspan(address_bytes, header_bytes);
}

void ContentAssembler::reset() {
    state_ = State::idle;
    large_body_.reset();
    kept_envelope_.clear();
    kept_body_.clear();
    address_ = header_ = body_ = {};
}

std::string_view ContentAssembler::exchange() const {
    return as_text(address_.subspan(1, std::to_integer<std::size_t>(address_[0])));
}

std::string_view ContentAssembler::routing_key() const {
    return as_text(address_.subspan(2 + exchange().size()));
}

broker::MessageRef ContentAssembler::take(ByteView header, broker::MessageTraits traits) {
    ENSURE(complete());
    broker::MessageRef message =
        large_body_ ? broker::Message::make(address_, header, std::move(large_body_), traits)
                    : broker::Message::make(address_, header, body_, traits);
    reset();
    return message;
}

}  // namespace warren::session
