#pragma once
// Decodes a method's arguments and hands them on, or turns the fault into the error that the client is told.
#include <utility>

#include "amqp091/decode_fault.h"
#include "amqp091/reply_code.h"
#include "base/bytes.h"
#include "base/result.h"

namespace warren::session {

// What a handler has to say: nothing, or why the channel or connection must be closed.
using Handled = Result<void, amqp091::AmqpError>;

template <typename Method, typename Next>
Handled decode_and(ByteView arguments, Next&& next) {
    auto decoded = Method::decode(arguments);
    if (!decoded) [[unlikely]]
        return fail(amqp091::method_decode_error(Method::class_id, Method::method_id, arguments,
                                                 decoded.error()));
    return std::forward<Next>(next)(*decoded);
}

}  // namespace warren::session
