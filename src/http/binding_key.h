#pragma once
// The name of a binding in paths: RabbitMQ's "properties_key". It is the routing key, and if the
// binding has arguments, "~" and RabbitMQ's hash of them; "~" alone stands for neither.
#include <string>
#include <string_view>

#include "amqp091/field_table.h"

namespace warren::http {

std::string properties_key(std::string_view routing_key, const amqp091::FieldTable& arguments);

// As it stands in the path of a Location header and of the binding itself: a '+' for a space.
std::string quoted_key(std::string_view routing_key);

}  // namespace warren::http
