#include "broker/topology/queue_arguments.h"

#include <gtest/gtest.h>

#include "broker/topology/effective_settings.h"
#include "broker/topology/topology_fixture.h"

namespace warren::broker {
namespace {

using amqp091::FieldTable;
using amqp091::FieldValue;

// The refusal without the part that all of them share.
std::string fault(std::string name, FieldValue value) {
    const FieldTable arguments{{name, std::move(value)}};
    const Check check = check_queue_arguments("/", "q", arguments);
    if (check) return "accepted";
    EXPECT_EQ(check.error().code, amqp091::ReplyCode::precondition_failed);
    const std::string start = "invalid arg '" + name + "' for queue 'q' in vhost '/'";
    EXPECT_TRUE(check.error().text.starts_with(start)) << check.error().text;
    return check.error().text.substr(start.size());
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

TEST(QueueArguments, queue_types_are_refused_clearly) {
    EXPECT_EQ(fault("x-queue-type", "foo"), ": \"unsupported queue type 'foo'\"");
    EXPECT_EQ(fault("x-queue-type", std::int32_t{5}), ": {unacceptable_type,signedint}");
    EXPECT_EQ(fault("x-queue-type", "quorum"), ": \"queue type 'quorum' is not available yet\"");
    EXPECT_EQ(fault("x-queue-type", "stream"), ": \"queue type 'stream' is not available yet\"");
    EXPECT_EQ(fault("x-queue-type", "classic"), "accepted");
    EXPECT_EQ(fault("x-queue-type", ""), "accepted");
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

TEST(QueueArguments, of_several_faults_the_first_rule_speaks) {
    const FieldTable arguments{{"x-overflow", "foo"}, {"x-max-age", "1h"}, {"x-expires", "a"}};
    EXPECT_EQ(check_queue_arguments("/", "q", arguments).error().text,
              "invalid arg 'x-expires' for queue 'q' in vhost '/': \"expected integer, got "
              "longstr\"");
}

TEST(EffectiveSettings, of_a_plain_queue_limit_nothing) {
    TopologyFixture fixture;
    fixture.queue("q");
    const QueueSettings settings = effective_settings(*fixture.vhost().find_queue("q"));
    EXPECT_FALSE(settings.message_ttl_ms || settings.expires_ms || settings.length_max ||
                 settings.length_bytes_max || settings.dead_letter_exchange ||
                 settings.dead_letter_routing_key || settings.consumer_timeout_ms);
    EXPECT_EQ(settings.overflow, Overflow::drop_head);
    EXPECT_EQ(settings.priority_max, 0);
    EXPECT_FALSE(settings.single_active_consumer || settings.auto_delete || settings.exclusive);
    EXPECT_TRUE(settings.durable);
}

TEST(EffectiveSettings, take_every_argument) {
    TopologyFixture fixture;
    fixture.must(DeclareQueue{.vhost = "/",
                              .name = "q",
                              .auto_delete = true,
                              .owner = ConnectionId{1},
                              .arguments = {{"x-message-ttl", std::uint16_t{1}},
                                            {"x-expires", std::int64_t{5'000'000'000}},
                                            {"x-max-length", std::int32_t{2}},
                                            {"x-max-length-bytes", std::int32_t{3}},
                                            {"x-overflow", "reject-publish-dlx"},
                                            {"x-dead-letter-exchange", ""},
                                            {"x-dead-letter-routing-key", "k"},
                                            {"x-max-priority", std::int32_t{10}},
                                            {"x-single-active-consumer", true},
                                            {"x-consumer-timeout", std::int32_t{4}}}});
    const QueueSettings settings = effective_settings(*fixture.vhost().find_queue("q"));
    EXPECT_EQ(settings.message_ttl_ms, 1u);
    EXPECT_EQ(settings.expires_ms, 5'000'000'000u);
    EXPECT_EQ(settings.length_max, 2u);
    EXPECT_EQ(settings.length_bytes_max, 3u);
    EXPECT_EQ(settings.overflow, Overflow::reject_publish_dlx);
    EXPECT_EQ(settings.dead_letter_exchange, "");
    EXPECT_EQ(settings.dead_letter_routing_key, "k");
    EXPECT_EQ(settings.priority_max, 10);
    EXPECT_TRUE(settings.single_active_consumer);
    EXPECT_EQ(settings.consumer_timeout_ms, 4u);
    EXPECT_TRUE(settings.auto_delete);
    EXPECT_TRUE(settings.exclusive);
    EXPECT_FALSE(settings.durable);
}

}  // namespace
}  // namespace warren::broker
