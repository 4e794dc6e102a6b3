#pragma once
// What management asks for, as values that came as JSON: either the command that does it, or why it
// is refused, in RabbitMQ's words, for whoever asked. Definitions, the HTTP API and the command
// line all come here, so that they take and refuse the same.
#include <optional>
#include <string>
#include <string_view>

#include "amqp091/field_table.h"
#include "base/result.h"
#include "broker/topology/topology_command.h"

namespace warren::broker {

// As it was asked for: any value may stand anywhere.
struct PolicyRequest {
    std::string vhost{};
    PolicyKind kind = PolicyKind::user;
    std::string name{};
    amqp091::FieldValue pattern{};
    amqp091::FieldValue definition{};
    std::optional<amqp091::FieldValue> apply_to{};  // default: all
    std::optional<amqp091::FieldValue> priority{};  // default: 0
};

// The error ("Validation failed\n\n5 is not a valid message TTL\n") names every part that is wrong.
Result<SetPolicy, std::string> checked_policy(const PolicyRequest& request);

// A runtime parameter becomes the command of its component: limits of a vhost, an operator policy,
// or a parameter that is kept as it is.
Result<TopologyCommandBody, std::string> checked_parameter(const std::string& vhost,
                                                           const std::string& component,
                                                           const std::string& name,
                                                           const amqp091::FieldValue& value);

// "classic_queues"
std::string_view name_of(ApplyTo apply_to);

}  // namespace warren::broker
