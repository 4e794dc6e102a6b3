#include "http/binding_key.h"

#include <gtest/gtest.h>

namespace warren::http {
namespace {

using amqp091::FieldArray;
using amqp091::FieldTable;

// What RabbitMQ 4.3 says.
TEST(BindingKeyTest, keys_are_those_of_rabbitmq) {
    EXPECT_EQ(properties_key("", {}), "~");
    EXPECT_EQ(properties_key("r k", {}), "r+k");
    EXPECT_EQ(properties_key("r k", {{"a", "b"}}), "r+k~KCO9yA");
    EXPECT_EQ(properties_key("", {{"a", std::int32_t{1}}}), "~rnJaMg");
    EXPECT_EQ(properties_key("", {{"a", std::int32_t{2}}, {"z", std::int32_t{1}}}), "~MytU2A");
    EXPECT_EQ(properties_key("", {{"neg", std::int32_t{-1}}}), "~B6pUJA");
    EXPECT_EQ(properties_key("", {{"i300", std::int32_t{300}}}), "~aN2TXA");
    EXPECT_EQ(properties_key("", {{"big", std::int64_t{1} << 40}}), "~PAtzfA");
    EXPECT_EQ(properties_key("", {{"b", true}}), "~_sQtSA");
    EXPECT_EQ(properties_key("", {{"nul", {}}}), "~zEDE0A");
    EXPECT_EQ(properties_key("", {{"t", FieldTable{{"u", "v"}}}}), "~NGuZpQ");
    EXPECT_EQ(properties_key("", {{"l", FieldArray{std::int32_t{1}, "x", false}}}), "~PJSIsQ");
    EXPECT_EQ(properties_key("", {{"h", "\xC3\xA9"}, {"x-match", "all"}}), "~S8hd4g");
}

std::string key_of(const amqp091::FieldValue& value) {
    return properties_key("", {{"n", value}});
}

// What Erlang says of the terms that RabbitMQ keeps such values as.
TEST(BindingKeyTest, each_type_of_value_counts_as_in_erlang) {
    EXPECT_EQ(key_of(std::int8_t{-3}), "~P9xmAA");
    EXPECT_EQ(key_of(std::uint8_t{200}), "~kPLA9Q");
    EXPECT_EQ(key_of(std::int16_t{-300}), "~_sMfOw");
    EXPECT_EQ(key_of(std::uint16_t{60'000}), "~xihm5Q");
    EXPECT_EQ(key_of(std::uint32_t{4'000'000'000}), "~J2hahQ");
    EXPECT_EQ(key_of(std::int64_t{-5'000'000'000}), "~ggWFJA");
    EXPECT_EQ(key_of(std::int64_t{-134'217'729}), "~RNC_3Q");
    EXPECT_EQ(key_of(std::int64_t{134'217'728}), "~5hvMAw");
    EXPECT_EQ(key_of(1.5F), "~oKNK_g");
    EXPECT_EQ(key_of(2.25), "~J0Ee3g");
    EXPECT_EQ(key_of(amqp091::Decimal{2, 314}), "~T1fICQ");
    EXPECT_EQ(key_of(amqp091::ByteArray{}), "~WqWirQ");
    EXPECT_EQ(key_of(amqp091::Timestamp{1'700'000'000}), "~eX0aLA");
    EXPECT_EQ(key_of(FieldTable{}), "~1F5pRQ");
    EXPECT_EQ(key_of("thirteen bytes and more than that"), "~TAxhUQ");
}

}  // namespace
}  // namespace warren::http
