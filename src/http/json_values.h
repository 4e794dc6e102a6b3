#pragma once
// Field values as JSON, as RabbitMQ shows arguments. For .cpp files: includes Boost.JSON.
#include <boost/json.hpp>
#include <string_view>

#include "amqp091/field_table.h"

namespace warren::http {

// Bytes that are not UTF-8 become U+FFFD.
boost::json::string json_text(std::string_view text);
boost::json::value json_value(const amqp091::FieldValue& value);
boost::json::object json_object(const amqp091::FieldTable& table);

}  // namespace warren::http
