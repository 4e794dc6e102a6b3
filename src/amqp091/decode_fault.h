#pragma once
// What can be wrong with bytes that a peer sent as a method, a table or a content header.
#include <cstdint>
#include <string_view>

#include "amqp091/reply_code.h"
#include "base/bytes.h"

namespace warren::amqp091 {

enum class DecodeFault : std::uint8_t {
    truncated,           // the bytes end before the value does
    trailing_bytes,      // the value ends before the bytes do
    malformed_utf8,      // a short string of a method that is not UTF-8
    unknown_field_type,  // a type tag that RabbitMQ's errata does not list
    nested_too_deep,     // tables and arrays beyond limits::field_table_depth_max
    unknown_property,    // a property flag that class basic does not define
};

std::string_view describe(DecodeFault fault);

// What to answer to a method whose arguments cannot be decoded: 501 "cannot decode <<...>>" or 501
// "Malformed UTF-8 in shortstr" as RabbitMQ does, 502 for tables.
AmqpError method_decode_error(std::uint16_t class_id, std::uint16_t method_id, ByteView arguments,
                              DecodeFault fault);

}  // namespace warren::amqp091
