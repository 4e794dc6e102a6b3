#pragma once
// The catalogue of what a broker can answer when it refuses (AMQP 0-9-1, section 1.2 "constants").
// A soft code closes the channel it happened on, a hard one the connection.
#include <cstdint>
#include <string>
#include <string_view>

namespace warren::amqp091 {

enum class ReplyCode : std::uint16_t {
    reply_success = 200,
    content_too_large = 311,
    no_route = 312,
    no_consumers = 313,
    connection_forced = 320,
    invalid_path = 402,
    access_refused = 403,
    not_found = 404,
    resource_locked = 405,
    precondition_failed = 406,
    frame_error = 501,
    syntax_error = 502,
    command_invalid = 503,
    channel_error = 504,
    unexpected_frame = 505,
    resource_error = 506,
    not_allowed = 530,
    not_implemented = 540,
    internal_error = 541,
};

// "NOT_FOUND" and so on, as it stands before the dash of a reply text.
std::string_view reply_code_name(ReplyCode code);

constexpr bool closes_connection(ReplyCode code) {
    switch (code) {
        case ReplyCode::reply_success:
        case ReplyCode::content_too_large:
        case ReplyCode::no_route:
        case ReplyCode::no_consumers:
        case ReplyCode::access_refused:
        case ReplyCode::not_found:
        case ReplyCode::resource_locked:
        case ReplyCode::precondition_failed:
            return false;
        default:
            return true;
    }
}

// A refusal as a value. `text` goes without the code's name; class and method say which request
// failed and are 0 when none did.
struct AmqpError {
    ReplyCode code = ReplyCode::internal_error;
    std::string text{};
    std::uint16_t class_id = 0;
    std::uint16_t method_id = 0;

    bool closes_connection() const { return amqp091::closes_connection(code); }
    // What the client reads: "NOT_FOUND - no queue 'q' in vhost '/'", cut to what a short string
    // holds.
    std::string full_text() const;

    friend bool operator==(const AmqpError&, const AmqpError&) = default;
};

}  // namespace warren::amqp091
