#include "broker/topology/queue_arguments.h"

#include <gtest/gtest.h>

#include "broker/topology/topology_fixture.h"

namespace warren::broker {
namespace {

using amqp091::FieldTable;
using amqp091::FieldValue;

// The refusal without the part that all of them share.
std::string fault(FieldTable arguments) {
    const std::string name = arguments.begin()->name;
    const Check check = check_queue_arguments("/", "q", arguments);
    if (check) return "accepted";
    EXPECT_EQ(check.error().code, amqp091::ReplyCode::precondition_failed);
    const std::string start = "invalid arg '" + name + "' for queue 'q' in vhost '/'";
    EXPECT_TRUE(check.error().text.starts_with(start)) << check.error().text;
    return check.error().text.substr(start.size());
}
std::string fault(std::string name, FieldValue value) {
    return fault(FieldTable{{std::move(name), std::move(value)}});
}
std::string quorum_fault(std::string name, FieldValue value) {
    return fault(FieldTable{{std::move(name), std::move(value)}, {"x-queue-type", "quorum"}});
}
std::string stream_fault(std::string name, FieldValue value) {
    return fault(FieldTable{{std::move(name), std::move(value)}, {"x-queue-type", "stream"}});
}

TEST(QueueArguments, times_must_be_integers_within_ten_years) {
    EXPECT_EQ(fault("x-expires", std::int32_t{0}), ": {value_zero,0}");
    EXPECT_EQ(fault("x-expires", "a"), ": \"expected integer, got longstr\"");
    EXPECT_EQ(fault("x-expires", std::int8_t{-1}), ": {value_negative,-1}");
    EXPECT_EQ(fault("x-expires", std::int64_t{315'360'000'001}),
              ": {value_too_large,315360000001}");
    EXPECT_EQ(fault("x-expires", std::int64_t{315'360'000'000}), "accepted");
    EXPECT_EQ(fault("x-expires", std::uint8_t{1}), "accepted");
    EXPECT_EQ(fault("x-message-ttl", std::int32_t{0}), "accepted");
    EXPECT_EQ(fault("x-message-ttl", std::int32_t{-1}), ": {value_negative,-1}");
    EXPECT_EQ(fault("x-message-ttl", true), ": \"expected integer, got bool\"");
    EXPECT_EQ(fault("x-message-ttl", FieldValue{}), ": \"expected integer, got void\"");
}

TEST(QueueArguments, lengths_and_priorities_have_their_ranges) {
    EXPECT_EQ(fault("x-max-length", std::int32_t{-5}), ": {value_negative,-5}");
    EXPECT_EQ(fault("x-max-length", "5"), ": \"expected integer, got longstr\"");
    EXPECT_EQ(fault("x-max-length-bytes", std::int32_t{0}), "accepted");
    EXPECT_EQ(fault("x-max-priority", std::int32_t{256}), ": {max_value_exceeded,256}");
    EXPECT_EQ(fault("x-max-priority", std::int32_t{-1}), ": {value_negative,-1}");
    EXPECT_EQ(fault("x-max-priority", std::int32_t{255}), "accepted");
}

TEST(QueueArguments, words_must_be_known) {
    EXPECT_EQ(fault("x-overflow", "foo"), ": invalid_overflow");
    EXPECT_EQ(fault("x-overflow", std::int32_t{5}), ": {unacceptable_type,signedint}");
    for (const char* word : {"drop-head", "reject-publish", "reject-publish-dlx"})
        EXPECT_EQ(fault("x-overflow", word), "accepted");
    EXPECT_EQ(fault("x-queue-leader-locator", "foo"), ": invalid_queue_locator_arg");
    EXPECT_EQ(fault("x-queue-leader-locator", "random"), "accepted");
    EXPECT_EQ(fault("x-single-active-consumer", std::int32_t{1}),
              ": {unacceptable_type,signedint}");
}

TEST(QueueArguments, a_dead_letter_routing_key_needs_an_exchange) {
    EXPECT_EQ(fault("x-dead-letter-routing-key", "k"), ": routing_key_but_no_dlx_defined");
    EXPECT_EQ(fault("x-dead-letter-routing-key", std::int32_t{5}),
              ": {unacceptable_type,signedint}");
    const FieldTable both{{"x-dead-letter-routing-key", "k"}, {"x-dead-letter-exchange", ""}};
    EXPECT_TRUE(check_queue_arguments("/", "q", both));
}

TEST(QueueArguments, dead_letter_names_must_fit_a_short_string) {
    EXPECT_EQ(fault("x-dead-letter-exchange", std::string(255, 'x')), "accepted");
    EXPECT_EQ(fault("x-dead-letter-exchange", std::string(256, 'x')), ": {value_too_long,256}");
    const FieldTable long_key{{"x-dead-letter-exchange", "x"},
                              {"x-dead-letter-routing-key", std::string(256, 'k')}};
    EXPECT_FALSE(check_queue_arguments("/", "q", long_key));
}

TEST(QueueArguments, name_one_of_three_types) {
    EXPECT_EQ(fault("x-queue-type", "foo"), ": \"unsupported queue type 'foo'\"");
    EXPECT_EQ(fault("x-queue-type", std::int32_t{5}), ": {unacceptable_type,signedint}");
    for (const char* type :
         {"classic", "quorum", "stream", "rabbit_quorum_queue", "rabbit_stream_queue", ""})
        EXPECT_EQ(fault("x-queue-type", type), "accepted");
}

TEST(QueueArguments, arguments_of_other_queue_types_are_refused) {
    for (const char* name :
         {"x-delivery-limit", "x-max-age", "x-quorum-initial-group-size", "x-dead-letter-strategy",
          "x-max-in-memory-length", "x-stream-filter-size-bytes", "x-initial-cluster-size"})
        EXPECT_EQ(fault(name, std::int32_t{1}), " of queue type rabbit_classic_queue");
}

TEST(QueueArguments, what_ever_worked_is_accepted) {
    EXPECT_EQ(fault("x-queue-version", std::int32_t{1}), "accepted");
    EXPECT_EQ(fault("x-queue-version", std::int32_t{2}), "accepted");
    EXPECT_EQ(fault("x-queue-version", std::int32_t{3}), ": \"unsupported queue version '3'\"");
    EXPECT_EQ(fault("x-queue-mode", "lazy"), "accepted");
    EXPECT_EQ(fault("x-queue-mode", "default"), "accepted");
    EXPECT_EQ(fault("x-queue-master-locator", "min-masters"), "accepted");
    EXPECT_EQ(fault("x-ha-policy", "all"), "accepted");
    EXPECT_EQ(fault("x-consumer-timeout", std::int32_t{60'000}), "accepted");
    EXPECT_EQ(fault("x-quorum-target-group-size", std::int32_t{3}), "accepted");
    EXPECT_EQ(fault("no-such-argument", std::int32_t{3}), "accepted");
}

TEST(QueueArguments, of_quorum_queues_have_their_ranges) {
    EXPECT_EQ(quorum_fault("x-quorum-initial-group-size", std::int32_t{0}), ": {value_zero,0}");
    EXPECT_EQ(quorum_fault("x-quorum-initial-group-size", std::int32_t{-1}),
              ": {value_negative,-1}");
    EXPECT_EQ(quorum_fault("x-quorum-initial-group-size", "3"),
              ": \"expected integer, got longstr\"");
    EXPECT_EQ(quorum_fault("x-quorum-initial-group-size", std::int32_t{5}), "accepted");
    EXPECT_EQ(quorum_fault("x-dead-letter-strategy", "twice"), ": invalid_dlx_strategy");
    EXPECT_EQ(quorum_fault("x-dead-letter-strategy", "at-least-once"), "accepted");
    for (const char* name : {"x-max-in-memory-length", "x-max-in-memory-bytes",
                             "x-consumer-timeout", "x-consumer-disconnected-timeout"}) {
        EXPECT_EQ(quorum_fault(name, std::int32_t{-1}), ": {value_negative,-1}");
        EXPECT_EQ(quorum_fault(name, std::int32_t{0}), "accepted");
    }
}

TEST(QueueArguments, of_quorum_queues_that_are_never_looked_at_hold_anything) {
    for (const char* name :
         {"x-delivery-limit", "x-delayed-retry-type", "x-delayed-retry-min", "x-delayed-retry-max"})
        for (const FieldValue& value : {FieldValue("5"), FieldValue(-5), FieldValue{}})
            EXPECT_EQ(quorum_fault(name, value), "accepted");
}

TEST(QueueArguments, of_streams_have_their_ranges) {
    EXPECT_EQ(stream_fault("x-max-age", "later"), ": invalid_max_age");
    EXPECT_EQ(stream_fault("x-max-age", "0s"), ": invalid_max_age");
    EXPECT_EQ(stream_fault("x-max-age", std::int32_t{5}), ": {unacceptable_type,signedint}");
    EXPECT_EQ(stream_fault("x-max-age", "12h"), "accepted");
    EXPECT_EQ(stream_fault("x-initial-cluster-size", std::int32_t{0}), ": {value_zero,0}");
    EXPECT_EQ(stream_fault("x-stream-max-segment-size-bytes", std::int32_t{-1}),
              ": {value_negative,-1}");
    EXPECT_EQ(stream_fault("x-stream-filter-size-bytes", true), ": \"expected integer, got bool\"");
}

TEST(QueueArguments, of_the_wrong_type_of_queue_are_refused) {
    for (const char* name : {"x-max-priority", "x-queue-mode", "x-queue-version",
                             "x-queue-master-locator", "x-max-age", "x-initial-cluster-size"})
        EXPECT_EQ(quorum_fault(name, std::int32_t{1}), " of queue type rabbit_quorum_queue");
    for (const char* name :
         {"x-max-length", "x-message-ttl", "x-expires", "x-overflow", "x-dead-letter-exchange",
          "x-single-active-consumer", "x-max-priority", "x-delivery-limit", "x-consumer-timeout"})
        EXPECT_EQ(stream_fault(name, std::int32_t{1}), " of queue type rabbit_stream_queue");
    for (const char* name : {"x-quorum-target-group-size", "x-member-placement-tag", "x-unknown"}) {
        EXPECT_EQ(quorum_fault(name, "a"), "accepted");
        EXPECT_EQ(stream_fault(name, "a"), "accepted");
    }
}

// The fault of a shape, without the part that all of them share.
std::string shape_fault(QueueShape shape, FieldTable arguments) {
    const Check check = check_queue_shape("/", "q", shape, arguments);
    return check ? "accepted" : check.error().text;
}

TEST(QueueShape, of_quorum_queues_and_streams_is_durable_and_of_nobody) {
    for (const char* type : {"quorum", "stream"}) {
        const FieldTable arguments{{"x-queue-type", type}};
        EXPECT_EQ(
            shape_fault({.durable = false, .exclusive = true, .auto_delete = true}, arguments),
            "invalid property 'auto-delete' for queue 'q' in vhost '/'");
        EXPECT_EQ(
            shape_fault({.durable = false, .exclusive = true, .auto_delete = false}, arguments),
            "invalid property 'exclusive-owner' for queue 'q' in vhost '/'");
        EXPECT_EQ(
            shape_fault({.durable = false, .exclusive = false, .auto_delete = false}, arguments),
            "invalid property 'non-durable' for queue 'q' in vhost '/'");
        EXPECT_EQ(
            shape_fault({.durable = true, .exclusive = false, .auto_delete = false}, arguments),
            "accepted");
    }
    const FieldTable classic{{"x-queue-type", "classic"}};
    EXPECT_EQ(shape_fault({.durable = false, .exclusive = true, .auto_delete = true}, classic),
              "accepted");
}

TEST(QueueShape, of_streams_has_limits_of_sizes) {
    const auto fault_of = [](const char* name, std::int64_t size) {
        return shape_fault({.durable = true, .exclusive = false, .auto_delete = false},
                           {{"x-queue-type", "stream"}, {name, size}});
    };
    EXPECT_EQ(fault_of("x-stream-max-segment-size-bytes", 3'000'000'000), "accepted");
    EXPECT_EQ(fault_of("x-stream-max-segment-size-bytes", 3'000'000'001),
              "Exceeded max value for x-stream-max-segment-size-bytes");
    for (const std::int64_t good : {16, 255})
        EXPECT_EQ(fault_of("x-stream-filter-size-bytes", good), "accepted");
    for (const std::int64_t bad : {0, 15, 256})
        EXPECT_EQ(fault_of("x-stream-filter-size-bytes", bad),
                  "Invalid value for x-stream-filter-size-bytes");
}

TEST(QueueShape, of_server_named_queues_is_classic) {
    EXPECT_TRUE(check_server_named(QueueType::classic));
    EXPECT_EQ(check_server_named(QueueType::stream).error().text,
              "Cannot declare a server-named queue for type rabbit_stream_queue");
}

TEST(QueueTypeArgument, is_the_default_for_queues_that_can_have_it) {
    const auto type_of = [](QueueShape shape, std::string_view default_type) {
        return queue_type_in(with_queue_type({}, shape, default_type));
    };
    constexpr QueueShape plain{.durable = true, .exclusive = false, .auto_delete = false};
    EXPECT_EQ(type_of(plain, "quorum"), QueueType::quorum);
    EXPECT_EQ(type_of(plain, "stream"), QueueType::stream);
    EXPECT_EQ(type_of(plain, ""), QueueType::classic);
    EXPECT_EQ(type_of(plain, "undefined"), QueueType::classic);
    EXPECT_EQ(type_of({.durable = false, .exclusive = false, .auto_delete = false}, "quorum"),
              QueueType::classic);
    EXPECT_EQ(type_of({.durable = true, .exclusive = true, .auto_delete = false}, "quorum"),
              QueueType::classic);
    EXPECT_EQ(type_of({.durable = true, .exclusive = false, .auto_delete = true}, "stream"),
              QueueType::classic);
}

TEST(QueueTypeArgument, given_wins_over_the_default) {
    const FieldTable arguments =
        with_queue_type({{"x-queue-type", "classic"}},
                        {.durable = true, .exclusive = false, .auto_delete = false}, "quorum");
    EXPECT_EQ(queue_type_in(arguments), QueueType::classic);
}

TEST(QueueArguments, are_compared_by_what_the_type_knows) {
    TopologyFixture fixture;
    fixture.must(DeclareQueue{.vhost = "/",
                              .name = "q",
                              .durable = true,
                              .arguments = {{"x-queue-type", "quorum"},
                                            {"x-delivery-limit", std::int32_t{5}},
                                            {"x-quorum-target-group-size", std::int32_t{5}}}});
    const QueueRecord& queue = *fixture.vhost().find_queue("q");
    EXPECT_TRUE(check_equivalent_arguments(
        queue, {{"x-queue-type", "quorum"}, {"x-delivery-limit", std::int64_t{5}}}));
    EXPECT_EQ(check_equivalent_arguments(queue, {{"x-queue-type", "quorum"}}).error().text,
              "inequivalent arg 'x-delivery-limit' for queue 'q' in vhost '/': received none but "
              "current is the value '5' of type 'signedint'");
    EXPECT_EQ(check_equivalent_arguments(
                  queue, {{"x-queue-type", "stream"}, {"x-delivery-limit", std::int32_t{5}}})
                  .error()
                  .text,
              "inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received 'stream' but "
              "current is 'quorum'");
}

TEST(QueueArguments, of_several_faults_the_first_rule_speaks) {
    const FieldTable arguments{{"x-overflow", "foo"}, {"x-max-age", "1h"}, {"x-expires", "a"}};
    EXPECT_EQ(check_queue_arguments("/", "q", arguments).error().text,
              "invalid arg 'x-expires' for queue 'q' in vhost '/': \"expected integer, got "
              "longstr\"");
}

TEST(QueueArguments, that_differ_in_type_pass_a_relaxed_comparison) {
    TopologyFixture fixture;
    fixture.queue("q", {{"x-queue-type", "quorum"},
                        {"x-delivery-limit", std::int32_t{5}},
                        {"x-max-length", std::int32_t{7}}});
    const QueueRecord& queue = *fixture.vhost().find_queue("q");
    EXPECT_TRUE(check_relaxed_equivalence(
        queue, {{"x-queue-type", "classic"}, {"x-max-length", std::int32_t{7}}}));
    EXPECT_FALSE(check_relaxed_equivalence(queue, {{"x-queue-type", "classic"}}));
}

// The refusal of a consumer without the part that all of them share.
std::string consumer_fault(std::string_view type, std::string name, FieldValue value) {
    TopologyFixture fixture;
    fixture.queue("q", {{"x-queue-type", FieldValue(type)}});
    const std::string start = "invalid arg '" + name + "' for queue 'q' in vhost '/'";
    const Check check = check_consumer_arguments(*fixture.vhost().find_queue("q"),
                                                 {{std::move(name), std::move(value)}});
    if (check) return "accepted";
    EXPECT_TRUE(check.error().text.starts_with(start)) << check.error().text;
    return check.error().text.substr(start.size());
}

TEST(ConsumerArguments, belong_to_types_of_queues) {
    EXPECT_EQ(consumer_fault("classic", "x-stream-offset", "first"),
              " of queue type rabbit_classic_queue");
    EXPECT_EQ(consumer_fault("quorum", "x-stream-filter", "a"),
              " of queue type rabbit_quorum_queue");
    EXPECT_EQ(consumer_fault("stream", "x-priority", std::int32_t{5}),
              " of queue type rabbit_stream_queue");
    EXPECT_EQ(consumer_fault("stream", "x-consumer-timeout", std::int32_t{5}),
              " of queue type rabbit_stream_queue");
    EXPECT_EQ(consumer_fault("stream", "x-stream-offset", "first"), "accepted");
    EXPECT_EQ(consumer_fault("quorum", "x-unknown", "first"), "accepted");
}

TEST(ConsumerArguments, have_their_ranges) {
    EXPECT_EQ(consumer_fault("quorum", "x-priority", "high"),
              ": \"expected integer, got longstr\"");
    EXPECT_EQ(consumer_fault("quorum", "x-priority", std::int32_t{-5}), "accepted");
    EXPECT_EQ(consumer_fault("quorum", "x-consumer-timeout", std::int32_t{-1}),
              ": {value_negative,-1}");
    EXPECT_EQ(consumer_fault("quorum", "x-consumer-timeout", std::int32_t{0}), "accepted");
}

}  // namespace
}  // namespace warren::broker
