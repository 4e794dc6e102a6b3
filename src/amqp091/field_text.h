#pragma once
// How RabbitMQ compares and prints arguments when something is declared a second time. Clients and
// tests match on these texts.
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "amqp091/field_table.h"

namespace warren::amqp091 {

// Equal in type class (all integers are one class, float and double another) and value, or equal in
// value whatever the type.
bool equivalent(const FieldValue& left, const FieldValue& right);

// The bare value: 1000, abc, true, [{<<"k">>,longstr,<<"v">>}].
std::string value_text(const FieldValue& value);
// "the value '1000' of type 'signedint'", or "none" for null.
std::string describe(const FieldValue* value);

// Compares one argument of a declare with that of what exists. Nothing when they are equivalent;
// otherwise "received '1000' but current is '2000'" or, when one of them is missing, "received none
// but current is the value '2000' of type 'signedint'". The queue type "classic" counts as absent.
std::optional<std::string> argument_difference(std::string_view name, const FieldValue* received,
                                               const FieldValue* current);

// The whole text of the 406: "inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': received
// ...". `what` is "queue 'q' in vhost '/'". The first of `names` that differs counts.
std::optional<std::string> arguments_difference(std::span<const std::string_view> names,
                                                std::string_view what, const FieldTable& received,
                                                const FieldTable& current);

}  // namespace warren::amqp091
