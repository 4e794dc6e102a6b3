#include "amqp091/reply_code.h"

#include "base/limits.h"

namespace warren::amqp091 {

namespace {

// RabbitMQ cuts a reply text to 255 characters and marks the cut with three dots. Counted in bytes
// here: a text of 255 characters that are not ASCII does not fit a short string, over which
// RabbitMQ itself fails with 541.
void cut_to_short_string(std::string& text) {
    constexpr std::string_view ellipsis = "...";
    if (text.size() <= limits::short_string_bytes_max) return;
    std::size_t keep = limits::short_string_bytes_max - ellipsis.size();
    const auto continues_character = [&](std::size_t at) {
        return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
    };
    while (keep > 0 && continues_character(keep))
        --keep;
    text.resize(keep);
    text += ellipsis;
}

}  // namespace

std::string_view reply_code_name(ReplyCode code) {
    switch (code) {
        case ReplyCode::reply_success:
            return "REPLY_SUCCESS";
        case ReplyCode::content_too_large:
            return "CONTENT_TOO_LARGE";
        case ReplyCode::no_route:
            return "NO_ROUTE";
        case ReplyCode::no_consumers:
            return "NO_CONSUMERS";
        case ReplyCode::connection_forced:
            return "CONNECTION_FORCED";
        case ReplyCode::invalid_path:
            return "INVALID_PATH";
        case ReplyCode::access_refused:
            return "ACCESS_REFUSED";
        case ReplyCode::not_found:
            return "NOT_FOUND";
        case ReplyCode::resource_locked:
            return "RESOURCE_LOCKED";
        case ReplyCode::precondition_failed:
            return "PRECONDITION_FAILED";
        case ReplyCode::frame_error:
            return "FRAME_ERROR";
        case ReplyCode::syntax_error:
            return "SYNTAX_ERROR";
        case ReplyCode::command_invalid:
            return "COMMAND_INVALID";
        case ReplyCode::channel_error:
            return "CHANNEL_ERROR";
        case ReplyCode::unexpected_frame:
            return "UNEXPECTED_FRAME";
        case ReplyCode::resource_error:
            return "RESOURCE_ERROR";
        case ReplyCode::not_allowed:
            return "NOT_ALLOWED";
        case ReplyCode::not_implemented:
            return "NOT_IMPLEMENTED";
        case ReplyCode::internal_error:
            return "INTERNAL_ERROR";
    }
    return {};
}

std::string AmqpError::full_text() const {
    std::string full(reply_code_name(code));
    if (!text.empty()) full.append(" - ").append(text);
    cut_to_short_string(full);
    return full;
}

}  // namespace warren::amqp091
