#pragma once
// The keys that a policy may have: what each may hold, what types of queue know it, whether
// operators may use it, and how a user's value and an operator's become one. RabbitMQ 4.3's rules
// and texts, and those of 3.13 for the keys of mirrored queues, which 4.x refuses: policies that
// have them are accepted, stored and shown.
#include <cstdint>
#include <string_view>

#include "amqp091/field_table.h"

namespace warren::broker {

inline constexpr std::uint8_t every_queue_type = 0b111;

// Which value counts where a user's policy and an operator's both have one.
enum class Precedence : std::uint8_t {
    operators,
    least,
    greatest,
    stricter_limit,  // the least, but that a negative number means no limit
    widest_mode,     // ha-mode: on all nodes before so many, so many before these
    widest_params,   // ha-params, likewise
};

// RabbitMQ's modules, in the order in which they look at a policy: the first fault counts.
enum class PolicyChecker : std::uint8_t {
    master_locator,
    federation,
    mirroring,
    builtin,
    quorum_queues,
    sharding,
};
inline constexpr std::size_t policy_checker_count = 6;

struct PolicyKey {
    std::string_view name;
    PolicyChecker checker;
    std::uint8_t queue_types;  // a bit for each QueueType; a policy counts where all its keys do
    bool for_operators = false;
    Precedence precedence = Precedence::operators;
    // "5 is not a valid message TTL". Nullptr: its checker looks at all its keys together.
    bool (*accepts)(const amqp091::FieldValue& value) = nullptr;
    std::string_view what = {};
};

// Null for a key that is not known.
const PolicyKey* find_policy_key(std::string_view name);

// The value that counts; the operator's for a key that is not known.
const amqp091::FieldValue& preferred_value(std::string_view key, const amqp091::FieldValue& of_user,
                                           const amqp091::FieldValue& of_operator);

}  // namespace warren::broker
