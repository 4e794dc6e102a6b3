#include "amqp091/methods.h"

#include <gtest/gtest.h>

#include <set>
#include <type_traits>
#include <vector>

#include "amqp091/method_test_samples.h"

namespace warren::amqp091 {
namespace {

using namespace test;

// From memory of exactly that size, so that the sanitizer sees a read past its end.
template <typename Method>
Result<Method, DecodeFault> decode_exact(std::vector<char>& memory, std::string_view arguments) {
    memory.assign(arguments.begin(), arguments.end());
    return Method::decode(as_bytes({memory.data(), memory.size()}));
}

template <typename... Methods>
constexpr std::size_t count(MethodList<Methods...>) {
    return sizeof...(Methods);
}

TEST(Methods, samples_cover_all_methods) {
    std::set<MethodId> seen;
    for_each_method_sample([&](const auto& method) { seen.insert(method.id); });
    EXPECT_EQ(seen.size(), count(AllMethods{}));
}

// Spelled out by hand from the specification: a mistake made in encoding and decoding alike would
// show nowhere else.
TEST(Methods, wire_form) {
    EXPECT_EQ(arguments_of(BasicPublish{0, "e", "key", true, false}),
              "\0\0\x01"
              "e\x03"
              "key\x01"_bytes);
    EXPECT_EQ(arguments_of(BasicPublish{0, "", "", false, true}), "\0\0\0\0\x02"_bytes);
    EXPECT_EQ(arguments_of(BasicAck{258, true}), "\0\0\0\0\0\0\x01\x02\x01"_bytes);
    EXPECT_EQ(arguments_of(BasicNack{1, true, true}), "\0\0\0\0\0\0\0\x01\x03"_bytes);
    EXPECT_EQ(arguments_of(BasicNack{1, false, true}), "\0\0\0\0\0\0\0\x01\x02"_bytes);
    EXPECT_EQ(arguments_of(BasicQos{1, 2, true}), "\0\0\0\x01\0\x02\x01"_bytes);
    EXPECT_EQ(arguments_of(ConnectionTune{2047, 131'072, 60}), "\x07\xff\0\x02\0\0\0\x3c"_bytes);
    EXPECT_EQ(arguments_of(BasicGetOk{1, true, "e", "k", 2}),
              "\0\0\0\0\0\0\0\x01\x01\x01"
              "e\x01k\0\0\0\x02"_bytes);
    const std::string entries = FieldTable{{"a", FieldValue(true)}}.encode();
    const TableView table = TableView::of_checked(as_bytes(entries));
    EXPECT_EQ(arguments_of(QueueDeclare{0, "q", false, true, false, false, false, table}),
              "\0\0\x01q\x02\0\0\0\x04\x01"
              "at\x01"_bytes);
    EXPECT_EQ(arguments_of(QueueDeclare{0, "q", true, false, true, true, true, {}}),
              "\0\0\x01q\x1d\0\0\0\0"_bytes);
    EXPECT_EQ(arguments_of(ConnectionStartOk{{}, "PLAIN", {"\0a\0b", 4}, "en"}),
              "\0\0\0\0\x05PLAIN\0\0\0\x04\0a\0b\x02"
              "en"_bytes);
}

TEST(Methods, ids_are_those_of_the_specification) {
    EXPECT_EQ(BasicPublish::id, method_id_of(60, 40));
    EXPECT_EQ(ExchangeUnbindOk::id, method_id_of(40, 51));
    EXPECT_EQ(ConfirmSelect::id, method_id_of(85, 10));
    EXPECT_EQ(class_part(QueueDeclare::id), 50);
    EXPECT_EQ(method_part(QueueDeclare::id), 10);
}

TEST(Methods, decode_encode_decode_agrees) {
    for_each_method_sample([](const auto& sample) {
        using Method = std::decay_t<decltype(sample)>;
        const std::string arguments = arguments_of(sample);
        const auto decoded = Method::decode(as_bytes(arguments));
        ASSERT_TRUE(decoded.has_value()) << Method::name;
        EXPECT_EQ(*decoded, sample) << Method::name;
        EXPECT_EQ(arguments_of(*decoded), arguments) << Method::name;
    });
}

TEST(Methods, truncation_is_found_at_every_byte) {
    for_each_method_sample([memory = std::vector<char>()](const auto& sample) mutable {
        using Method = std::decay_t<decltype(sample)>;
        const std::string arguments = arguments_of(sample);
        for (std::size_t bytes = 0; bytes < arguments.size(); ++bytes) {
            const auto decoded =
                decode_exact<Method>(memory, std::string_view(arguments).substr(0, bytes));
            ASSERT_FALSE(decoded.has_value()) << Method::name << bytes;
            EXPECT_EQ(decoded.error(), DecodeFault::truncated) << Method::name << bytes;
        }
    });
}

TEST(Methods, bytes_behind_the_last_argument_are_refused) {
    for_each_method_sample([memory = std::vector<char>()](const auto& sample) mutable {
        using Method = std::decay_t<decltype(sample)>;
        const auto decoded = decode_exact<Method>(memory, arguments_of(sample) + "x");
        ASSERT_FALSE(decoded.has_value()) << Method::name;
        EXPECT_EQ(decoded.error(), DecodeFault::trailing_bytes) << Method::name;
    });
}

TEST(Methods, short_strings_must_be_utf8_but_for_the_keys_of_messages) {
    std::vector<char> memory;
    const auto publish = arguments_of(BasicPublish{0, "\xff\xfe", "k", false, false});
    EXPECT_EQ(decode_exact<BasicPublish>(memory, publish).error(), DecodeFault::malformed_utf8);
    const auto any_key = arguments_of(BasicPublish{0, "e", "\xff\xfe", false, false});
    EXPECT_TRUE(decode_exact<BasicPublish>(memory, any_key).has_value());
    const auto open = arguments_of(ConnectionOpen{"\xc3(", "", false});
    EXPECT_EQ(decode_exact<ConnectionOpen>(memory, open).error(), DecodeFault::malformed_utf8);
    // Long strings are any bytes: passwords, for one.
    const auto secret = arguments_of(ConnectionSecureOk{"\xff\xfe"});
    EXPECT_TRUE(decode_exact<ConnectionSecureOk>(memory, secret).has_value());
}

TEST(Methods, tables_are_checked) {
    std::vector<char> memory;
    const std::string deep = nested_tables(1000);
    const TableView unchecked = TableView::of_checked(as_bytes(deep));
    const auto declare = arguments_of(QueueDeclare{.queue = "q", .arguments = unchecked});
    EXPECT_EQ(decode_exact<QueueDeclare>(memory, declare).error(), DecodeFault::nested_too_deep);
    EXPECT_EQ(decode_exact<QueueDeclare>(memory,
                                         "\0\0\x01q\0\0\0\0\x03\x01"
                                         "aZ"_bytes)
                  .error(),
              DecodeFault::unknown_field_type);
}

TEST(Methods, garbage_is_refused_or_encodes_alike) {
    Prng prng(4);
    std::vector<char> memory;
    for_each_method_sample([&](const auto& sample) {
        using Method = std::decay_t<decltype(sample)>;
        const std::string sound = arguments_of(sample);
        for (int round = 0; round < 2'000; ++round) {
            std::string arguments = sound;
            if (arguments.empty() || prng.below(4) == 0)
                arguments = garbage(prng, prng.below(40));
            else
                arguments[prng.below(arguments.size())] = static_cast<char>(prng.next());
            const auto decoded = decode_exact<Method>(memory, arguments);
            if (!decoded) continue;
            const std::string encoded = arguments_of(*decoded);
            ASSERT_EQ(encoded.size(), arguments.size()) << Method::name;
            EXPECT_EQ(*Method::decode(as_bytes(encoded)), *decoded) << Method::name;
        }
    });
}

TEST(Methods, names_are_found_by_id) {
    for_each_method_sample([](const auto& sample) {
        const MethodInfo* info = find_method(sample.id);
        ASSERT_NE(info, nullptr);
        EXPECT_EQ(info->id, sample.id);
        EXPECT_EQ(info->name, sample.name);
        EXPECT_EQ(info->has_content, sample.has_content);
        EXPECT_EQ(info->synchronous, sample.synchronous);
    });
    EXPECT_EQ(method_name(50, 10), "queue.declare");
    EXPECT_EQ(method_name(60, 120), "basic.nack");
    EXPECT_EQ(method_name(0, 0), "");
    EXPECT_EQ(method_name(50, 12), "");
    EXPECT_EQ(method_name(65535, 65535), "");
}

TEST(Methods, tell_who_may_send_them) {
    EXPECT_EQ(find_method(MethodId::basic_publish)->sender, MethodSender::client);
    EXPECT_EQ(find_method(MethodId::basic_deliver)->sender, MethodSender::server);
    EXPECT_EQ(find_method(MethodId::basic_ack)->sender, MethodSender::both);
}

// Texts taken from a RabbitMQ 4.3 node, but for tables, over which it resets the socket.
TEST(Methods, decode_errors_are_answered_as_rabbitmq_answers) {
    const ByteView arguments = as_bytes(
        "\0\0\x05"
        "ab"_bytes);
    EXPECT_EQ(method_decode_error(50, 10, arguments, DecodeFault::truncated),
              (AmqpError{ReplyCode::frame_error, "cannot decode <<0,0,5,97,98>>", 50, 10}));
    EXPECT_EQ(method_decode_error(50, 10, {}, DecodeFault::malformed_utf8),
              (AmqpError{ReplyCode::frame_error, "Malformed UTF-8 in shortstr", 0, 0}));
    EXPECT_EQ(method_decode_error(10, 40, {}, DecodeFault::malformed_utf8),
              (AmqpError{ReplyCode::frame_error, "Malformed UTF-8 in shortstr", 10, 40}));
    EXPECT_EQ(method_decode_error(50, 10, {}, DecodeFault::nested_too_deep).code,
              ReplyCode::syntax_error);
    EXPECT_EQ(method_decode_error(50, 10, {}, DecodeFault::unknown_field_type).text,
              "table of arguments has a field of unknown type");
}

}  // namespace
}  // namespace warren::amqp091
