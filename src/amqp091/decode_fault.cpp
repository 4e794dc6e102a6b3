#include "amqp091/decode_fault.h"

#include "amqp091/erlang_text.h"

namespace warren::amqp091 {

std::string_view describe(DecodeFault fault) {
    switch (fault) {
        case DecodeFault::truncated:
            return "ends too early";
        case DecodeFault::trailing_bytes:
            return "has bytes behind its end";
        case DecodeFault::malformed_utf8:
            return "has a short string that is not UTF-8";
        case DecodeFault::unknown_field_type:
            return "has a field of unknown type";
        case DecodeFault::nested_too_deep:
            return "is nested too deep";
        case DecodeFault::unknown_property:
            return "has an unknown property";
    }
    return {};
}

AmqpError method_decode_error(std::uint16_t class_id, std::uint16_t method_id, ByteView arguments,
                              DecodeFault fault) {
    AmqpError error{ReplyCode::frame_error, {}, class_id, method_id};
    constexpr std::uint16_t class_connection = 10;
    switch (fault) {
        case DecodeFault::malformed_utf8:
            error.text = "Malformed UTF-8 in shortstr";
            // Only for methods of the connection does RabbitMQ say which one it was.
            if (class_id != class_connection) error.class_id = error.method_id = 0;
            break;
        case DecodeFault::unknown_field_type:
        case DecodeFault::nested_too_deep:
            // RabbitMQ's reader process dies of such a table and the socket is reset; the code is
            // the one that AMQP 0-9-1, section 1.2, has for malformed fields.
            error.code = ReplyCode::syntax_error;
            error.text = "table of arguments ";
            error.text += describe(fault);
            break;
        default:
            error.text = "cannot decode ";
            append_octets(error.text, arguments);
    }
    return error;
}

}  // namespace warren::amqp091
