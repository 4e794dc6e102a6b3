// How arguments, policies and operators' policies become settings (effective_settings.h).
#include <gtest/gtest.h>

#include "base/limits.h"
#include "broker/topology/effective_settings.h"
#include "broker/topology/topology_fixture.h"

namespace warren::broker {
namespace {

using amqp091::FieldTable;

// Of a queue with these arguments under a policy with this definition.
QueueSettings settings_of(FieldTable arguments, FieldTable definition,
                          PolicyKind kind = PolicyKind::user) {
    TopologyFixture fixture;
    fixture.must(SetPolicy{.vhost = "/",
                           .kind = kind,
                           .name = "p",
                           .pattern = "",
                           .definition = std::move(definition)});
    fixture.queue("q", std::move(arguments));
    return effective_settings(*fixture.vhost().find_queue("q"));
}

FieldTable with_type(const char* type, FieldTable arguments) {
    arguments.add("x-queue-type", type);
    return arguments;
}

TEST(EffectivePolicy, alone_counts_like_arguments) {
    const auto settings = settings_of({}, {{"message-ttl", std::int64_t{1}},
                                           {"expires", std::int64_t{2}},
                                           {"max-length", std::int64_t{3}},
                                           {"max-length-bytes", std::int64_t{4}},
                                           {"overflow", "reject-publish"},
                                           {"dead-letter-exchange", "x"},
                                           {"dead-letter-routing-key", "k"},
                                           {"consumer-timeout", std::int64_t{5}}});
    EXPECT_EQ(settings.message_ttl_ms, 1u);
    EXPECT_EQ(settings.expires_ms, 2u);
    EXPECT_EQ(settings.length_max, 3u);
    EXPECT_EQ(settings.length_bytes_max, 4u);
    EXPECT_EQ(settings.overflow, Overflow::reject_publish);
    EXPECT_EQ(settings.dead_letter_exchange, "x");
    EXPECT_EQ(settings.dead_letter_routing_key, "k");
    EXPECT_EQ(settings.consumer_timeout_ms, 5u);
}

TEST(EffectivePolicy, gives_way_to_a_lower_limit_of_the_arguments_and_not_to_a_higher) {
    const std::pair<const char*, std::optional<std::uint64_t> QueueSettings::*> limits[] = {
        {"message-ttl", &QueueSettings::message_ttl_ms},
        {"expires", &QueueSettings::expires_ms},
        {"max-length", &QueueSettings::length_max},
        {"max-length-bytes", &QueueSettings::length_bytes_max},
        {"consumer-timeout", &QueueSettings::consumer_timeout_ms}};
    for (const char* type : {"classic", "quorum"})
        for (const auto& [key, setting] : limits)
            for (const std::int64_t argument : {5, 15}) {
                const auto settings =
                    settings_of(with_type(type, {{std::string("x-") + key, argument}}),
                                {{key, std::int64_t{10}}});
                EXPECT_EQ(settings.*setting, argument == 5 ? 5u : 10u) << type << " " << key;
            }
}

TEST(EffectivePolicy, gives_way_to_arguments_about_dead_letters) {
    for (const char* type : {"classic", "quorum"}) {
        const auto settings =
            settings_of(with_type(type, {{"x-dead-letter-exchange", "mine"}}),
                        {{"dead-letter-exchange", "x"}, {"dead-letter-routing-key", "k"}});
        EXPECT_EQ(settings.dead_letter_exchange, "mine");
        EXPECT_EQ(settings.dead_letter_routing_key, "k");
    }
}

TEST(EffectivePolicy, gives_way_about_overflow_in_classic_queues_but_not_in_quorum_queues) {
    const FieldTable policy{{"overflow", "reject-publish"}};
    const FieldTable argument{{"x-overflow", "drop-head"}};
    EXPECT_EQ(settings_of(argument, policy).overflow, Overflow::drop_head);
    EXPECT_EQ(settings_of(with_type("quorum", argument), policy).overflow,
              Overflow::reject_publish);
}

TEST(EffectivePolicy, of_operators_is_kept_to_like_any_other) {
    const auto settings = settings_of({{"x-max-length", std::int64_t{9}}},
                                      {{"max-length", std::int64_t{4}}}, PolicyKind::of_operator);
    EXPECT_EQ(settings.length_max, 4u);
}

TEST(EffectivePolicy, says_how_often_a_quorum_queue_delivers) {
    const auto limit = [](std::optional<std::int64_t> argument, std::int64_t policy) {
        FieldTable arguments;
        if (argument) arguments.add("x-delivery-limit", *argument);
        return settings_of(with_type("quorum", arguments), {{"delivery-limit", policy}})
            .delivery_limit;
    };
    EXPECT_EQ(limit({}, 7), 7u);
    EXPECT_EQ(limit(9, 7), 7u);
    EXPECT_EQ(limit(5, 7), 5u);
    EXPECT_EQ(limit(-1, 7), 7u);
    EXPECT_EQ(limit(5, -1), 5u);
    EXPECT_EQ(limit({}, -1), std::nullopt);
}

TEST(EffectivePolicy, delays_returns_of_quorum_queues) {
    const auto settings = settings_of(
        with_type("quorum",
                  {{"x-delayed-retry-type", "all"}, {"x-delayed-retry-min", std::int64_t{9}}}),
        {{"delayed-retry-type", "failed"},
         {"delayed-retry-min", std::int64_t{5}},
         {"delayed-retry-max", std::int64_t{50}}});
    EXPECT_EQ(settings.delayed_retry.kind, DelayedRetryKind::failed);
    EXPECT_EQ(settings.delayed_retry.min_ms, 5u);
    EXPECT_EQ(settings.delayed_retry.max_ms, 50u);
}

TEST(EffectivePolicy, assures_dead_letters_once_it_has_all_that_this_takes) {
    FieldTable policy{{"dead-letter-exchange", "x"}, {"dead-letter-strategy", "at-least-once"}};
    EXPECT_FALSE(settings_of(with_type("quorum", {}), policy).dead_letter_at_least_once);
    policy.add("overflow", "reject-publish");
    EXPECT_TRUE(settings_of(with_type("quorum", {}), policy).dead_letter_at_least_once);
}

TEST(EffectivePolicy, has_the_last_word_about_streams) {
    const auto settings =
        settings_of(with_type("stream", {{"x-max-age", "1h"},
                                         {"x-max-length-bytes", std::int64_t{5}},
                                         {"x-stream-max-segment-size-bytes", std::int64_t{1000}}}),
                    {{"max-age", "2h"},
                     {"max-length-bytes", std::int64_t{10}},
                     {"stream-max-segment-size-bytes", std::int64_t{2000}}});
    EXPECT_EQ(settings.age_max_ms, 7'200'000u);
    EXPECT_EQ(settings.length_bytes_max, 10u);
    EXPECT_EQ(settings.segment_bytes_max, 2000u);
}

TEST(EffectivePolicy, never_is_longer_than_an_argument_may_be) {
    const auto settings = settings_of({}, {{"message-ttl", INT64_MAX}, {"expires", INT64_MAX}});
    EXPECT_EQ(settings.message_ttl_ms, limits::ttl_ms_max);
    EXPECT_EQ(settings.expires_ms, limits::ttl_ms_max);
}

TEST(EffectivePolicy, names_an_alternate_exchange_where_no_argument_does) {
    TopologyFixture fixture;
    fixture.exchange("plain", "direct");
    fixture.exchange("own", "direct", {{"alternate-exchange", "mine"}});
    const auto alternate = [&](std::string_view name) {
        const auto* found = alternate_exchange_of(*fixture.vhost().find_exchange(name));
        return found == nullptr ? "none" : *found;
    };
    EXPECT_EQ(alternate("plain"), "none");
    const auto version = fixture.vhost().version();
    fixture.must(
        SetPolicy{.vhost = "/", .name = "p", .definition = {{"alternate-exchange", "theirs"}}});
    EXPECT_NE(fixture.vhost().version(), version);  // routes that are remembered are forgotten
    EXPECT_EQ(alternate("plain"), "theirs");
    EXPECT_EQ(alternate("own"), "mine");
    fixture.must(DeletePolicy{.vhost = "/", .name = "p"});
    EXPECT_EQ(alternate("plain"), "none");
}

}  // namespace
}  // namespace warren::broker
