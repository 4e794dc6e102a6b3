#include "broker/topology/effective_settings.h"

#include <gtest/gtest.h>

#include "broker/topology/topology_fixture.h"

namespace warren::broker {
namespace {

using amqp091::FieldTable;

QueueSettings settings_of(FieldTable arguments) {
    TopologyFixture fixture;
    fixture.must(DeclareQueue{
        .vhost = "/", .name = "q", .durable = true, .arguments = std::move(arguments)});
    return effective_settings(*fixture.vhost().find_queue("q"));
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

TEST(EffectiveSettings, of_a_quorum_queue_have_its_defaults) {
    const QueueSettings settings = settings_of({{"x-queue-type", "quorum"}});
    EXPECT_EQ(settings.type, QueueType::quorum);
    EXPECT_EQ(settings.priority_max, 31);
    EXPECT_EQ(settings.delivery_limit, 20u);
    EXPECT_FALSE(settings.dead_letter_at_least_once);
    EXPECT_EQ(settings.delayed_retry.kind, DelayedRetryKind::disabled);
}

TEST(EffectiveSettings, of_a_classic_queue_have_no_delivery_limit) {
    EXPECT_EQ(settings_of({}).delivery_limit, std::nullopt);
}

TEST(EffectiveSettings, take_a_delivery_limit_that_is_a_number) {
    const auto limit_of = [](amqp091::FieldValue value) {
        return settings_of({{"x-queue-type", "quorum"}, {"x-delivery-limit", std::move(value)}})
            .delivery_limit;
    };
    EXPECT_EQ(limit_of(std::int32_t{5}), 5u);
    EXPECT_EQ(limit_of(std::int32_t{0}), 0u);
    EXPECT_EQ(limit_of(std::int32_t{-1}), std::nullopt);
    EXPECT_EQ(limit_of("5"), 20u);
}

TEST(EffectiveSettings, dead_letter_at_least_once_if_nothing_can_be_pushed_out) {
    FieldTable arguments{{"x-queue-type", "quorum"},
                         {"x-dead-letter-strategy", "at-least-once"},
                         {"x-dead-letter-exchange", "x"},
                         {"x-overflow", "reject-publish"}};
    EXPECT_TRUE(settings_of(arguments).dead_letter_at_least_once);
    arguments.set("x-overflow", amqp091::FieldValue("drop-head"));
    EXPECT_FALSE(settings_of(arguments).dead_letter_at_least_once);
    EXPECT_FALSE(settings_of({{"x-queue-type", "quorum"},
                              {"x-dead-letter-strategy", "at-least-once"},
                              {"x-overflow", "reject-publish"}})
                     .dead_letter_at_least_once);
}

TEST(EffectiveSettings, of_a_quorum_queue_know_two_overflows) {
    EXPECT_EQ(
        settings_of({{"x-queue-type", "quorum"}, {"x-overflow", "reject-publish-dlx"}}).overflow,
        Overflow::drop_head);
    EXPECT_EQ(settings_of({{"x-queue-type", "quorum"}, {"x-overflow", "reject-publish"}}).overflow,
              Overflow::reject_publish);
}

TEST(EffectiveSettings, delay_retries_from_a_first_delay_on) {
    const auto retry_of = [](amqp091::FieldValue min, amqp091::FieldValue max) {
        return settings_of({{"x-queue-type", "quorum"},
                            {"x-delayed-retry-type", "failed"},
                            {"x-delayed-retry-min", std::move(min)},
                            {"x-delayed-retry-max", std::move(max)}})
            .delayed_retry;
    };
    const DelayedRetry both = retry_of(std::int32_t{5}, std::int32_t{50});
    EXPECT_EQ(both.kind, DelayedRetryKind::failed);
    EXPECT_EQ(both.min_ms, 5u);
    EXPECT_EQ(both.max_ms, 50u);
    EXPECT_EQ(retry_of(std::int32_t{5}, "50").max_ms, 5u);
    EXPECT_EQ(retry_of("5", std::int32_t{50}).kind, DelayedRetryKind::disabled);
    EXPECT_EQ(retry_of(std::int32_t{0}, std::int32_t{50}).kind, DelayedRetryKind::disabled);
}

TEST(EffectiveSettings, delay_no_retries_of_an_unknown_kind) {
    for (const amqp091::FieldValue& kind :
         {amqp091::FieldValue("disabled"), amqp091::FieldValue("none"), amqp091::FieldValue(5)})
        EXPECT_EQ(settings_of({{"x-queue-type", "quorum"},
                               {"x-delayed-retry-type", kind},
                               {"x-delayed-retry-min", std::int32_t{5}}})
                      .delayed_retry.kind,
                  DelayedRetryKind::disabled);
}

TEST(EffectiveSettings, of_a_stream_are_its_retention_and_sizes) {
    const QueueSettings plain = settings_of({{"x-queue-type", "stream"}});
    EXPECT_EQ(plain.type, QueueType::stream);
    EXPECT_EQ(plain.age_max_ms, std::nullopt);
    EXPECT_EQ(plain.segment_bytes_max, 500'000'000u);
    EXPECT_EQ(plain.filter_bytes, 16);
    const QueueSettings set = settings_of({{"x-queue-type", "stream"},
                                           {"x-max-age", "2h"},
                                           {"x-max-length-bytes", std::int64_t{7'000'000'000}},
                                           {"x-stream-max-segment-size-bytes", std::int32_t{1000}},
                                           {"x-stream-filter-size-bytes", std::int32_t{255}}});
    EXPECT_EQ(set.age_max_ms, 7'200'000u);
    EXPECT_EQ(set.length_bytes_max, 7'000'000'000u);
    EXPECT_EQ(set.segment_bytes_max, 1000u);
    EXPECT_EQ(set.filter_bytes, 255);
}

TEST(EffectiveSettings, anything_but_false_switches_deduplication_on) {
    const auto deduplicates = [](amqp091::FieldValue value, const char* type = "classic") {
        return settings_of({{"x-message-deduplication", std::move(value)}, {"x-queue-type", type}})
            .deduplicates;
    };
    EXPECT_FALSE(settings_of({}).deduplicates);
    EXPECT_FALSE(deduplicates(false));
    EXPECT_TRUE(deduplicates(true));
    EXPECT_TRUE(deduplicates(true, "quorum"));
    EXPECT_TRUE(deduplicates("true"));
    EXPECT_TRUE(deduplicates({}));
    // A stream is never looked through.
    EXPECT_FALSE(deduplicates(true, "stream"));
}

}  // namespace
}  // namespace warren::broker
