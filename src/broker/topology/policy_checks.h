#pragma once
// What RabbitMQ refuses in the definition of a policy, in its words.
#include <optional>
#include <string>

#include "amqp091/field_table.h"
#include "broker/topology/topology_command.h"

namespace warren::broker {

using PolicyFault = std::optional<std::string>;

PolicyFault find_fault_in_definition(PolicyKind kind, const amqp091::FieldTable& definition);

// "5 is not a valid message TTL"
std::string invalid_value(const amqp091::FieldValue& value, std::string_view what);
// ~tp of a value that came as JSON.
std::string json_term(const amqp091::FieldValue& value);

}  // namespace warren::broker
