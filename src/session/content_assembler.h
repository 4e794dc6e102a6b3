#pragma once
// Joins basic.publish, its content header and its body frames (AMQP 0-9-1, section 4.2.6) into the
// parts of one message. While everything lies in one read nothing is copied: the parts are views of
// the read buffer. keep() copies what must outlive it. Bodies that arrive in several frames, or are
// large, are gathered in memory of their own.
//
// States: idle -> awaiting_header -> awaiting_body -> complete -> idle. An empty body is complete
// with its header.
#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"
#include "broker/message.h"
#include "session/decode_and.h"

namespace warren::session {

class ContentAssembler {
public:
    enum class State : std::uint8_t { idle, awaiting_header, awaiting_body, complete };

    // `address`: short strings exchange and routing key as they stand in basic.publish.
    void begin(ByteView address, bool mandatory);
    // Payload of a content header frame. 505 for a wrong class, 406 for a body above
    // body_bytes_max.
    Handled on_header(ByteView payload, std::uint64_t body_bytes_max);
    Handled on_body(ByteView payload);
    // A large body need not wait for whole frames: room() is where the next bytes of a frame's
    // payload go, of which takes_parts() has asked first; end_part() follows the frame's end.
    bool takes_parts(std::size_t payload_bytes) const;
    std::span<std::byte> room(std::size_t bytes);
    void note_received(std::size_t bytes) { received_bytes_ += bytes; }
    void end_part();
    // What of a large body has come.
    ByteView received() const { return large_body_->view().first(received_bytes_); }
    // The read buffer is about to be used again.
    void keep();
    void reset();

    State state() const { return state_; }
    // A content is being received: frames of other kinds are out of place.
    bool active() const { return state_ != State::idle; }
    bool complete() const { return state_ == State::complete; }

    // ---- once complete ----
    bool mandatory() const { return mandatory_; }
    ByteView address() const { return address_; }
    std::string_view exchange() const;
    std::string_view routing_key() const;
    ByteView header() const { return header_; }
    std::uint64_t body_bytes() const { return body_bytes_; }
    // Builds the message and becomes idle. `header` is header(), or what it was rewritten to.
    broker::MessageRef take(ByteView header, broker::MessageTraits traits);

private:
    State state_ = State::idle;
    bool mandatory_ = false;
    ByteView address_;
    ByteView header_;
    ByteView body_;  // while small
    std::uint64_t body_bytes_ = 0;
    std::uint64_t received_bytes_ = 0;
    broker::LargeBodyRef large_body_;
    std::string kept_envelope_;  // what address_ and header_ point to after keep()
    std::string kept_body_;
};

}  // namespace warren::session
