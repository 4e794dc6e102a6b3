#pragma once
// Messages for tests of queues: small, and whole enough to be stored.
#include <string>
#include <string_view>

#include "broker/message.h"

namespace warren::broker::testing {

// The payload of a content header without properties.
inline std::string content_header(std::size_t body_bytes) {
    std::string header;
    ByteWriter out(header);
    out.u16(60);
    out.u16(0);
    out.u64(body_bytes);
    out.u16(0);
    return header;
}

// A message whose body is the text.
inline MessageRef text_message(std::string_view text, MessageTraits traits = {}) {
    return Message::make("exchange", "key", as_bytes(content_header(text.size())), as_bytes(text),
                         traits);
}

inline std::string body_text(const MessageRef& message) {
    return std::string(as_text(message->body()));
}

}  // namespace warren::broker::testing
