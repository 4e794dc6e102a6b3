#include "amqp091/field_text.h"

#include <gtest/gtest.h>

// Expected texts were taken from a RabbitMQ 4.3 node.
namespace warren::amqp091 {
namespace {

TEST(FieldText, integers_of_different_width_are_equivalent) {
    EXPECT_TRUE(equivalent(std::int32_t{1000}, std::int64_t{1000}));
    EXPECT_TRUE(equivalent(std::uint8_t{5}, std::int8_t{5}));
    EXPECT_FALSE(equivalent(std::int8_t{-1}, std::uint8_t{255}));
    EXPECT_FALSE(equivalent(std::int32_t{1000}, std::int64_t{2000}));
    EXPECT_FALSE(equivalent(std::int64_t{-1}, std::uint32_t{0xffff'ffff}));
}

TEST(FieldText, floats_and_doubles_are_equivalent_by_value_but_not_to_integers) {
    EXPECT_TRUE(equivalent(0.5F, 0.5));
    EXPECT_FALSE(equivalent(0.1F, 0.1));
    EXPECT_FALSE(equivalent(5.0, std::int32_t{5}));
}

TEST(FieldText, equal_erlang_terms_are_equivalent_whatever_their_type) {
    EXPECT_TRUE(equivalent("a", ByteArray{"a"}));
    EXPECT_TRUE(equivalent(Timestamp{5}, std::int64_t{5}));
    EXPECT_TRUE(equivalent(std::uint16_t{5}, Timestamp{5}));
    EXPECT_TRUE(equivalent(FieldTable{}, FieldArray{}));
    EXPECT_FALSE(equivalent("a", ByteArray{"b"}));
    EXPECT_FALSE(equivalent(true, "true"));
    EXPECT_FALSE(equivalent(true, std::int8_t{1}));
    EXPECT_FALSE(equivalent(std::int64_t{-1}, Timestamp{UINT64_MAX}));
}

TEST(FieldText, items_of_arrays_must_have_the_same_type) {
    EXPECT_TRUE(equivalent(FieldArray{FieldValue("a")}, FieldArray{FieldValue("a")}));
    EXPECT_FALSE(equivalent(FieldArray{FieldValue(std::int32_t{5})},
                            FieldArray{FieldValue(std::int16_t{5})}));
}

TEST(FieldText, description_names_value_and_type) {
    const FieldValue ttl(std::int32_t{1000});
    EXPECT_EQ(describe(&ttl), "the value '1000' of type 'signedint'");
    const FieldValue text("a");
    EXPECT_EQ(describe(&text), "the value 'a' of type 'longstr'");
    const FieldValue none;
    EXPECT_EQ(describe(&none), "the value 'undefined' of type 'void'");
    EXPECT_EQ(describe(nullptr), "none");
}

TEST(FieldText, difference_shows_both_values_or_the_one_with_its_type) {
    const FieldValue one(std::int32_t{1000});
    const FieldValue other(std::int64_t{2000});
    EXPECT_EQ(argument_difference("x-message-ttl", &other, &one),
              "received '2000' but current is '1000'");
    EXPECT_EQ(argument_difference("x-message-ttl", nullptr, &one),
              "received none but current is the value '1000' of type 'signedint'");
    EXPECT_EQ(argument_difference("x-message-ttl", &one, nullptr),
              "received the value '1000' of type 'signedint' but current is none");
    EXPECT_EQ(argument_difference("x-message-ttl", &one, &one), std::nullopt);
    EXPECT_EQ(argument_difference("x-message-ttl", nullptr, nullptr), std::nullopt);
}

TEST(FieldText, queue_type_classic_is_the_same_as_none) {
    const FieldValue classic("classic");
    const FieldValue quorum("quorum");
    EXPECT_EQ(argument_difference("x-queue-type", &classic, nullptr), std::nullopt);
    EXPECT_EQ(argument_difference("x-queue-type", nullptr, &classic), std::nullopt);
    EXPECT_EQ(argument_difference("x-queue-type", &quorum, nullptr),
              "received the value 'quorum' of type 'longstr' but current is none");
    EXPECT_NE(argument_difference("x-queue-mode", &classic, nullptr), std::nullopt);
}

TEST(FieldText, first_argument_that_differs_makes_the_text) {
    const FieldTable current{{"x-expires", FieldValue(std::int32_t{1})},
                             {"x-message-ttl", FieldValue(std::int32_t{1000})},
                             {"unknown", FieldValue(true)}};
    const FieldTable received{{"x-message-ttl", FieldValue(std::int32_t{2000})},
                              {"x-expires", FieldValue(std::int64_t{1})}};
    constexpr std::string_view both[] = {"x-expires", "x-message-ttl"};
    constexpr std::string_view first[] = {"x-expires"};
    EXPECT_EQ(arguments_difference(both, "queue 'q' in vhost '/'", received, current),
              "inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': received '2000' but "
              "current is '1000'");
    EXPECT_EQ(arguments_difference(first, "queue 'q' in vhost '/'", received, current),
              std::nullopt);
}

}  // namespace
}  // namespace warren::amqp091
