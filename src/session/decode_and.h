#pragma once
// Decodes a method's arguments and hands them on, or turns the fault into the error that the client
// is told.
#include <string>
#include <utility>

#include "amqp091/decode_fault.h"
#include "amqp091/methods.h"
#include "amqp091/reply_code.h"
#include "base/bytes.h"
#include "base/result.h"

namespace warren::session {

// What a handler has to say: nothing, or why the channel or connection must be closed.
using Handled = Result<void, amqp091::AmqpError>;

// An error that names the method it answers.
inline amqp091::AmqpError error_of(amqp091::MethodId method, amqp091::ReplyCode code,
                                   std::string text) {
    return {code, std::move(text), amqp091::class_part(method), amqp091::method_part(method)};
}

// Fills in the method where an error does not name one yet.
inline void blame(amqp091::AmqpError& error, amqp091::MethodId method) {
    if (error.class_id != 0) return;
    error.class_id = amqp091::class_part(method);
    error.method_id = amqp091::method_part(method);
}

// Of the payload of a method frame.
inline amqp091::MethodId method_of(ByteView payload) {
    return amqp091::MethodId{load_big_endian<std::uint32_t>(payload.data())};
}

template <typename Method, typename Next>
Handled decode_and(ByteView arguments, Next&& next) {
    auto decoded = Method::decode(arguments);
    // A string that is not UTF-8 fails before RabbitMQ knows the method.
    if (!decoded && decoded.error() == amqp091::DecodeFault::malformed_utf8) [[unlikely]]
        return fail(amqp091::method_decode_error(0, 0, arguments, decoded.error()));
    if (!decoded) [[unlikely]]
        return fail(amqp091::method_decode_error(amqp091::class_part(Method::id),
                                                 amqp091::method_part(Method::id), arguments,
                                                 decoded.error()));
    return std::forward<Next>(next)(*decoded);
}

}  // namespace warren::session
