#include "broker/topology/queue_argument_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "base/result.h"
#include "broker/topology/stream_age.h"

namespace warren::broker {

using amqp091::FieldTable;
using amqp091::FieldValue;

namespace {

using Fault = ArgumentFault;

Fault unacceptable_type(const FieldValue& value) {
    return fmt::format("{{unacceptable_type,{}}}", amqp091::type_name(value.type()));
}

// The value as an integer, or what is wrong with it.
Result<std::int64_t, std::string> integer_of(const FieldValue& value) {
    if (auto integer = value.as_integer()) return *integer;
    return fail(fmt::format("\"expected integer, got {}\"", amqp091::type_name(value.type())));
}

Fault must_be_integer(const FieldValue& value, const FieldTable&) {
    const auto integer = integer_of(value);
    if (!integer) return integer.error();
    return {};
}

Fault must_not_be_negative(const FieldValue& value, const FieldTable&) {
    const auto integer = integer_of(value);
    if (!integer) return integer.error();
    if (*integer < 0) return fmt::format("{{value_negative,{}}}", *integer);
    return {};
}

Fault must_be_positive(const FieldValue& value, const FieldTable& arguments) {
    if (value.as_integer() == 0) return "{value_zero,0}";
    return must_not_be_negative(value, arguments);
}

Fault must_be_ttl(const FieldValue& value, const FieldTable& arguments) {
    if (Fault fault = must_not_be_negative(value, arguments)) return fault;
    if (*value.as_integer() > std::int64_t{limits::ttl_ms_max})
        return fmt::format("{{value_too_large,{}}}", *value.as_integer());
    return {};
}

Fault must_be_lease(const FieldValue& value, const FieldTable& arguments) {
    if (Fault fault = must_be_positive(value, arguments)) return fault;
    return must_be_ttl(value, arguments);
}

Fault must_be_priority(const FieldValue& value, const FieldTable& arguments) {
    if (Fault fault = must_not_be_negative(value, arguments)) return fault;
    if (*value.as_integer() > limits::priority_max)
        return fmt::format("{{max_value_exceeded,{}}}", *value.as_integer());
    return {};
}

Fault must_be_version(const FieldValue& value, const FieldTable& arguments) {
    if (Fault fault = must_not_be_negative(value, arguments)) return fault;
    if (*value.as_integer() != 1 && *value.as_integer() != 2)
        return fmt::format("\"unsupported queue version '{}'\"", *value.as_integer());
    return {};
}

Fault must_be_bool(const FieldValue& value, const FieldTable&) {
    if (value.as_bool() == nullptr) return unacceptable_type(value);
    return {};
}

// Names and keys go into deliveries as short strings. RabbitMQ takes longer ones here and fails on
// them later.
Fault must_be_short_text(const FieldValue& value, const FieldTable&) {
    if (value.as_text() == nullptr) return unacceptable_type(value);
    if (value.as_text()->size() > limits::short_string_bytes_max)
        return fmt::format("{{value_too_long,{}}}", value.as_text()->size());
    return {};
}

Fault must_follow_dead_letter_exchange(const FieldValue& value, const FieldTable& arguments) {
    if (Fault fault = must_be_short_text(value, arguments)) return fault;
    if (arguments.find("x-dead-letter-exchange") == nullptr)
        return "routing_key_but_no_dlx_defined";
    return {};
}

Fault must_be_age(const FieldValue& value, const FieldTable&) {
    if (value.as_text() == nullptr) return unacceptable_type(value);
    if (!stream_age_ms(*value.as_text())) return "invalid_max_age";
    return {};
}

template <std::size_t N>
Fault must_be_one_of(const std::array<std::string_view, N>& words, const FieldValue& value,
                     const char* otherwise) {
    if (value.as_text() == nullptr) return unacceptable_type(value);
    if (std::ranges::find(words, *value.as_text()) == words.end()) return otherwise;
    return {};
}

Fault must_be_overflow(const FieldValue& value, const FieldTable&) {
    static constexpr std::array<std::string_view, 3> words{"drop-head", "reject-publish",
                                                           "reject-publish-dlx"};
    return must_be_one_of(words, value, "invalid_overflow");
}

Fault must_be_dead_letter_strategy(const FieldValue& value, const FieldTable&) {
    static constexpr std::array<std::string_view, 2> words{"at-most-once", "at-least-once"};
    return must_be_one_of(words, value, "invalid_dlx_strategy");
}

Fault must_be_leader_locator(const FieldValue& value, const FieldTable&) {
    static constexpr std::array<std::string_view, 4> words{"client-local", "balanced", "random",
                                                           "least-leaders"};
    return must_be_one_of(words, value, "invalid_queue_locator_arg");
}

Fault must_be_queue_type(const FieldValue& value, const FieldTable&) {
    const std::string* type = value.as_text();
    if (type == nullptr) return unacceptable_type(value);
    if (!queue_type_named(*type)) return fmt::format("\"unsupported queue type '{}'\"", *type);
    return {};
}

constexpr std::uint8_t classic = 1u << static_cast<unsigned>(QueueType::classic);
constexpr std::uint8_t quorum = 1u << static_cast<unsigned>(QueueType::quorum);
constexpr std::uint8_t stream = 1u << static_cast<unsigned>(QueueType::stream);
constexpr std::uint8_t any = classic | quorum | stream;

constexpr ArgumentRule of_queues[] = {
    {"x-queue-type", any, must_be_queue_type},
    {"x-expires", classic | quorum, must_be_lease},
    {"x-message-ttl", classic | quorum, must_be_ttl},
    {"x-dead-letter-exchange", classic | quorum, must_be_short_text},
    {"x-dead-letter-routing-key", classic | quorum, must_follow_dead_letter_exchange},
    {"x-dead-letter-strategy", quorum, must_be_dead_letter_strategy},
    {"x-max-length", classic | quorum, must_not_be_negative},
    {"x-max-length-bytes", any, must_not_be_negative},
    {"x-max-in-memory-length", quorum, must_not_be_negative},
    {"x-max-in-memory-bytes", quorum, must_not_be_negative},
    {"x-max-priority", classic, must_be_priority},
    {"x-overflow", classic | quorum, must_be_overflow},
    {"x-queue-mode", classic, nullptr},
    {"x-queue-version", classic, must_be_version},
    {"x-single-active-consumer", classic | quorum, must_be_bool},
    {"x-consumer-timeout", classic | quorum, must_not_be_negative},
    {"x-consumer-disconnected-timeout", quorum, must_not_be_negative},
    {"x-quorum-initial-group-size", quorum, must_be_positive},
    {"x-max-age", stream, must_be_age},
    {"x-stream-max-segment-size-bytes", stream, must_not_be_negative},
    {"x-stream-filter-size-bytes", stream, must_not_be_negative},
    {"x-initial-cluster-size", stream, must_be_positive},
    {"x-queue-leader-locator", any, must_be_leader_locator},
    {"x-queue-master-locator", classic, nullptr},
    {"x-delivery-limit", quorum, nullptr},
    {"x-delayed-retry-type", quorum, nullptr},
    {"x-delayed-retry-min", quorum, nullptr},
    {"x-delayed-retry-max", quorum, nullptr},
};

// What is behind x-stream-offset is told by those who read it.
constexpr ArgumentRule of_consumers[] = {
    {"x-priority", classic | quorum, must_be_integer},
    {"x-consumer-timeout", quorum, must_not_be_negative},
    {"x-stream-offset", stream, nullptr},
    {"x-stream-filter", stream, nullptr},
    {"x-stream-match-unfiltered", stream, nullptr},
};

}  // namespace

std::span<const ArgumentRule> queue_argument_rules() {
    return of_queues;
}

std::span<const ArgumentRule> consumer_argument_rules() {
    return of_consumers;
}

}  // namespace warren::broker
