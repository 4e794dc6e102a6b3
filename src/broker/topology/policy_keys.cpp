#include "broker/topology/policy_keys.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "base/pattern.h"
#include "broker/queue/queue_type.h"
#include "broker/topology/stream_age.h"

namespace warren::broker {

using amqp091::FieldValue;

namespace {

bool is_not_negative(const FieldValue& value) {
    return value.as_integer().value_or(-1) >= 0;
}
bool is_positive(const FieldValue& value) {
    return value.as_integer().value_or(0) > 0;
}
bool is_integer(const FieldValue& value) {
    return value.as_integer().has_value();
}
template <std::int64_t least_value, std::int64_t greatest_value>
bool is_between(const FieldValue& value) {
    return value.as_integer() && *value.as_integer() >= least_value &&
           *value.as_integer() <= greatest_value;
}
bool is_text(const FieldValue& value) {
    return value.as_text() != nullptr;
}
// Names and keys go into deliveries as short strings. RabbitMQ takes longer ones and fails on them
// later.
bool is_short_text(const FieldValue& value) {
    return is_text(value) && value.as_text()->size() <= limits::short_string_bytes_max;
}
bool is_not_empty(const FieldValue& value) {
    return is_text(value) && !value.as_text()->empty();
}
bool is_age(const FieldValue& value) {
    return is_text(value) && stream_age_ms(*value.as_text()).has_value();
}
bool is_pattern(const FieldValue& value) {
    return is_text(value) && Pattern::compile(*value.as_text()).has_value();
}

template <typename... Words>
bool is_one_of(const FieldValue& value, Words... words) {
    return is_text(value) && ((*value.as_text() == words) || ...);
}
bool is_overflow(const FieldValue& value) {
    return is_one_of(value, "drop-head", "reject-publish", "reject-publish-dlx");
}
bool is_dead_letter_strategy(const FieldValue& value) {
    return is_one_of(value, "at-most-once", "at-least-once");
}
bool is_retry_type(const FieldValue& value) {
    return is_one_of(value, "all", "failed", "returned", "disabled");
}
bool is_queue_mode(const FieldValue& value) {
    return is_one_of(value, "default", "lazy");
}
bool is_leader_locator(const FieldValue& value) {
    return is_one_of(value, "client-local", "balanced", "random", "least-leaders");
}
// 4.x refuses the key.
bool is_master_locator(const FieldValue& value) {
    return is_one_of(value, "min-masters") || is_leader_locator(value);
}

constexpr std::int64_t segment_bytes_max = 3'000'000'000;

constexpr std::uint8_t classic = 1u << static_cast<unsigned>(QueueType::classic);
constexpr std::uint8_t quorum = 1u << static_cast<unsigned>(QueueType::quorum);
constexpr std::uint8_t stream = 1u << static_cast<unsigned>(QueueType::stream);
constexpr std::uint8_t no_stream = classic | quorum;
constexpr std::uint8_t any = every_queue_type;

using enum PolicyChecker;
using enum Precedence;

// What queues know is RabbitMQ's word too: it has consumer-timeout, for one, count for streams.
constexpr PolicyKey keys[] = {
    {"alternate-exchange", builtin, any, false, operators, is_short_text,
     "alternate exchange name"},
    {"consumer-disconnected-timeout", builtin, any, false, operators, is_not_negative,
     "consumer disconnected timeout"},
    {"consumer-timeout", builtin, any, false, operators, is_not_negative, "consumer timeout"},
    {"dead-letter-exchange", builtin, no_stream, false, operators, is_short_text,
     "dead letter exchange name"},
    {"dead-letter-routing-key", builtin, no_stream, false, operators, is_short_text,
     "dead letter routing key"},
    {"dead-letter-strategy", builtin, quorum, false, operators, is_dead_letter_strategy,
     "dead letter strategy"},
    {"delayed-retry-max", quorum_queues, any, true, least, is_positive,
     "delayed retry maximum delay. Must be a positive integer"},
    {"delayed-retry-min", quorum_queues, any, true, greatest, is_positive,
     "delayed retry minimum delay. Must be a positive integer"},
    {"delayed-retry-type", quorum_queues, any, true, operators, is_retry_type,
     "delayed retry type. Must be one of: all, failed, returned, disabled"},
    {"delivery-limit", builtin, quorum, true, stricter_limit, is_integer, "delivery limit"},
    {"expires", builtin, no_stream, true, least, is_positive, "queue expiry"},
    {"federation-upstream", federation, any, false, operators, is_text, "federation upstream name"},
    {"federation-upstream-pattern", federation, any, false, operators, is_pattern,
     "federation upstream pattern name"},
    {"federation-upstream-set", federation, any, false, operators, is_text,
     "federation upstream set name"},
    {"ha-mode", mirroring, classic, true, widest_mode},
    {"ha-params", mirroring, classic, true, widest_params},
    {"ha-promote-on-failure", mirroring, classic, true},
    {"ha-promote-on-shutdown", mirroring, classic, true},
    {"ha-sync-batch-size", mirroring, classic, true},
    {"ha-sync-mode", mirroring, classic, true},
    {"initial-cluster-size", builtin, stream, false, operators, is_not_negative, "cluster size"},
    {"max-age", builtin, stream, false, operators, is_age, "max age"},
    {"max-in-memory-bytes", builtin, quorum, true, least, is_not_negative,
     "maximum memory in bytes"},
    {"max-in-memory-length", builtin, quorum, true, least, is_not_negative,
     "maximum memory in bytes"},
    {"max-length", builtin, no_stream, true, least, is_not_negative, "maximum length"},
    {"max-length-bytes", builtin, any, true, least, is_not_negative, "maximum length in bytes"},
    // What stream-max-segment-size-bytes was called in 3.8 and 3.9.
    {"max-segment-size", builtin, stream, false, operators, is_not_negative, "segment size"},
    {"member-placement-tag", quorum_queues, any, true, operators, is_not_empty,
     "member-placement-tag value. Must be a non-empty string"},
    {"message-ttl", builtin, no_stream, true, least, is_not_negative, "message TTL"},
    {"overflow", builtin, no_stream, true, operators, is_overflow, "overflow value"},
    {"queue-leader-locator", builtin, any, false, operators, is_leader_locator,
     "queue leader locator value"},
    {"queue-master-locator", master_locator, classic, true, operators, is_master_locator,
     "master locator"},
    {"queue-mode", builtin, classic, false, operators, is_queue_mode, "queue-mode value"},
    {"queue-version", builtin, any, true, operators, is_between<1, 2>, "queue-version value"},
    {"routing-key", sharding, any},
    {"shards-per-node", sharding, any},
    {"stream-filter-size-bytes", builtin, any, false, operators, is_between<16, 255>,
     "filter size. Valid range is 16-255"},
    {"stream-max-segment-size-bytes", builtin, stream, false, operators,
     is_between<0, segment_bytes_max>, "segment size"},
    {"target-group-size", quorum_queues, quorum, true, greatest, is_positive,
     "qq target count value"},
};
static_assert(std::ranges::is_sorted(keys, {}, &PolicyKey::name));

// Where they are not both numbers, the operator's counts.
const FieldValue& by_number(Precedence precedence, const FieldValue& of_user,
                            const FieldValue& of_operator) {
    const auto user_number = of_user.as_integer();
    const auto operator_number = of_operator.as_integer();
    if (!user_number || !operator_number) return of_operator;
    const bool unlimited = *user_number < 0 || *operator_number < 0;
    const bool wants_greatest =
        precedence == greatest || (precedence == stricter_limit && unlimited);
    const bool user_is_greater = *user_number > *operator_number;
    return user_is_greater == wants_greatest ? of_user : of_operator;
}

const FieldValue& by_mode(const FieldValue& of_user, const FieldValue& of_operator) {
    for (const char* mode : {"all", "exactly"}) {
        if (is_one_of(of_user, mode)) return of_user;
        if (is_one_of(of_operator, mode)) return of_operator;
    }
    return of_operator;
}

const FieldValue& by_params(const FieldValue& of_user, const FieldValue& of_operator) {
    if (is_integer(of_user) && is_integer(of_operator))
        return by_number(greatest, of_user, of_operator);
    if (is_integer(of_user)) return of_user;
    const auto* user_nodes = of_user.as_array();
    const auto* operator_nodes = of_operator.as_array();
    const bool user_has_more = user_nodes != nullptr && operator_nodes != nullptr &&
                               user_nodes->size() > operator_nodes->size();
    return user_has_more ? of_user : of_operator;
}

}  // namespace

const PolicyKey* find_policy_key(std::string_view name) {
    const auto* found = std::ranges::lower_bound(keys, name, {}, &PolicyKey::name);
    return found != std::end(keys) && found->name == name ? found : nullptr;
}

const FieldValue& preferred_value(std::string_view name, const FieldValue& of_user,
                                  const FieldValue& of_operator) {
    const PolicyKey* key = find_policy_key(name);
    const Precedence precedence = key == nullptr ? operators : key->precedence;
    switch (precedence) {
        case least:
        case greatest:
        case stricter_limit:
            return by_number(precedence, of_user, of_operator);
        case widest_mode:
            return by_mode(of_user, of_operator);
        case widest_params:
            return by_params(of_user, of_operator);
        case operators:
            break;
    }
    return of_operator;
}

}  // namespace warren::broker
