#pragma once
// A message of the crash test. Everything about it follows from the run's seed, its source and its
// sequence number, so the outside record keeps numbers only and a body can be checked octet by
// octet long after it was sent.
//
// Body: identity (source << 48 | sequence), a check word that depends on seed, identity and length,
// and a filler generated from the check word. A body of another run, of another length or with one
// changed octet does not pass.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plan.h"

namespace crash {

struct Message {
    SourceIndex source = 0;
    std::uint64_t sequence = 0;
    std::uint8_t priority = 0;
    bool persistent = true;
    std::uint32_t body_bytes = 0;
    std::uint32_t delay_ms = 0;  // x-delay; 0: none
};

class MessageMaker {
public:
    MessageMaker(const Plan& plan, std::uint64_t seed) : plan_(plan), seed_(seed) {}

    Message make(SourceIndex source, std::uint64_t sequence) const;
    std::string body(const Message& message) const;
    // Property flags and properties, as they stand in a content header.
    static std::string properties(const Message& message);
    // Whether a delivery with these properties may be of the message: they are its own, the delay
    // negated, and quorum queues say in headers how often they have handed it out before, streams
    // at which offset it stands.
    static bool may_bear(const Message& message, std::string_view properties);
    // Where a stream has it; nothing if the properties do not say so.
    static std::optional<std::uint64_t> stream_offset(std::string_view properties);
    // The message that a body belongs to, if the body is one of this run and whole.
    std::optional<Message> recognize(std::string_view body) const;
    // basic.publish, content header and body frames.
    void append_publish(std::string& out, const Message& message,
                        std::uint32_t frame_bytes_max) const;

private:
    std::uint64_t check_word(std::uint64_t identity, std::uint32_t body_bytes) const;

    const Plan& plan_;
    std::uint64_t seed_;
};

}  // namespace crash
