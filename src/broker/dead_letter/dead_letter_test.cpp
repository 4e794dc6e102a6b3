// The expected headers were recorded from a RabbitMQ 4.3: bytes as its clients receive them.
#include "broker/dead_letter/dead_letter.h"

#include <gtest/gtest.h>

#include <string>

#include "amqp091/content_header.h"

namespace warren::broker {
namespace {

using amqp091::ContentHeader;
using amqp091::FieldArray;
using amqp091::FieldTable;
using amqp091::FieldValue;
using amqp091::HeaderEdit;
using amqp091::Property;

using Keys = std::vector<std::string>;

constexpr std::int64_t now_ms = 0x6b012e13LL * 1000 + 250;

MessageRef make_message(std::string_view exchange, std::string_view key, const HeaderEdit& edit,
                        std::uint64_t expiration_ms = MessageTraits::no_expiration) {
    const std::string header = edit.encode(4);
    MessageTraits traits;
    traits.expiration_ms = expiration_ms;
    return Message::make(exchange, key, as_bytes(header), as_bytes("body"), traits);
}

DeadLetter die(const MessageRef& message, std::string_view queue, DeathReason reason,
               std::string_view exchange, std::optional<std::string_view> key = {}) {
    return make_dead_letter(*message, {.queue = queue,
                                       .reason = reason,
                                       .time = {now_ms},
                                       .exchange = exchange,
                                       .routing_key = key});
}

std::string to_hex(ByteView bytes) {
    std::string hex;
    for (const std::byte byte : bytes) {
        constexpr char digits[] = "0123456789abcdef";
        hex += digits[std::to_integer<int>(byte >> 4)];
        hex += digits[std::to_integer<int>(byte & std::byte{15})];
    }
    return hex;
}

// Flags and properties, without what comes before them.
std::string properties_of(const DeadLetter& letter) {
    return to_hex(letter.message->header().subspan(ContentHeader::preamble_bytes));
}

FieldTable headers_of(const MessageRef& message) {
    return ContentHeader::decode(message->header())->headers().decode();
}

FieldTable death_entry(const MessageRef& message, std::size_t index) {
    const FieldTable headers = headers_of(message);
    return *headers.find("x-death")->as_array()->at(index).as_table();
}

std::string text_of(const FieldTable& table, std::string_view name) {
    const FieldValue* value = table.find(name);
    return value == nullptr || value->as_text() == nullptr ? "(none)" : *value->as_text();
}

std::size_t death_count(const MessageRef& message) {
    return headers_of(message).find("x-death")->as_array()->size();
}

// A message with many properties that expires in dl1, is rejected in dl2, and so on in a circle.
HeaderEdit rich_properties() {
    HeaderEdit edit;
    edit.set_headers(FieldTable{{"zeta", std::int32_t{1}},
                                {"Alpha", "x"},
                                {"CC", FieldArray{FieldValue("ccx")}},
                                {"x-mid", true}})
        .set_delivery_mode(1)
        .set_priority(3)
        .set_text(Property::expiration, "7")
        .set_text(Property::message_id, "m")
        .set_timestamp(1'700'000'000);
    return edit;
}

TEST(DeadLetter, first_death_is_written_as_rabbitmq_writes_it) {
    const auto message = make_message("", "dl1", rich_properties(), 7);
    const auto letter = die(message, "dl1", DeathReason::expired, "", "dl2");
    EXPECT_EQ(
        properties_of(letter),
        "38c00000017705416c7068615300000001780243434100000008530000000363637807782d64656174684100"
        "00008d4600000088136f726967696e616c2d65787069726174696f6e53000000013705636f756e746c000000"
        "000000000106726561736f6e5300000007657870697265640571756575655300000003646c310474696d6554"
        "000000006b012e130865786368616e676553000000000c726f7574696e672d6b657973410000001053000000"
        "03646c31530000000363637816782d66697273742d64656174682d65786368616e6765530000000013782d66"
        "697273742d64656174682d71756575655300000003646c3114782d66697273742d64656174682d726561736f"
        "6e53000000076578706972656415782d6c6173742d64656174682d65786368616e6765530000000012782d6c"
        "6173742d64656174682d71756575655300000003646c3113782d6c6173742d64656174682d726561736f6e53"
        "000000076578706972656405782d6d69647401047a65746149000000010103016d000000006553f100");
    EXPECT_EQ(letter.message->exchange(), "");
    EXPECT_EQ(letter.message->routing_key(), "dl2");
    EXPECT_EQ(as_text(letter.message->body()), "body");
    EXPECT_EQ(letter.message->traits().expiration_ms, MessageTraits::no_expiration);
}

TEST(DeadLetter, later_deaths_are_written_as_rabbitmq_writes_them) {
    auto letter =
        die(make_message("", "dl1", rich_properties(), 7), "dl1", DeathReason::expired, "", "dl2");
    letter = die(letter.message, "dl2", DeathReason::rejected, "", "dl3");
    EXPECT_EQ(
        properties_of(letter),
        "38c0000001e405416c7068615300000001780243434100000008530000000363637807782d64656174684100"
        "0000f9460000006705636f756e746c000000000000000106726561736f6e530000000872656a656374656405"
        "71756575655300000003646c320474696d6554000000006b012e130865786368616e676553000000000c726f"
        "7574696e672d6b65797341000000085300000003646c324600000088136f726967696e616c2d657870697261"
        "74696f6e53000000013705636f756e746c000000000000000106726561736f6e530000000765787069726564"
        "0571756575655300000003646c310474696d6554000000006b012e130865786368616e676553000000000c72"
        "6f7574696e672d6b65797341000000105300000003646c31530000000363637816782d66697273742d646561"
        "74682d65786368616e6765530000000013782d66697273742d64656174682d71756575655300000003646c31"
        "14782d66697273742d64656174682d726561736f6e53000000076578706972656415782d6c6173742d646561"
        "74682d65786368616e6765530000000012782d6c6173742d64656174682d71756575655300000003646c3213"
        "782d6c6173742d64656174682d726561736f6e530000000872656a656374656405782d6d69647401047a6574"
        "6149000000010103016d000000006553f100");
    letter = die(letter.message, "dl3", DeathReason::rejected, "", "dl1");
    letter = die(letter.message, "dl1", DeathReason::rejected, "", "dl2");
    letter = die(letter.message, "dl2", DeathReason::rejected, "", "dl3");
    EXPECT_EQ(
        properties_of(letter),
        "38c0000002bc05416c7068615300000001780243434100000008530000000363637807782d64656174684100"
        "0001d1460000006705636f756e746c000000000000000206726561736f6e530000000872656a656374656405"
        "71756575655300000003646c320474696d6554000000006b012e130865786368616e676553000000000c726f"
        "7574696e672d6b65797341000000085300000003646c32460000006705636f756e746c000000000000000106"
        "726561736f6e530000000872656a65637465640571756575655300000003646c310474696d6554000000006b"
        "012e130865786368616e676553000000000c726f7574696e672d6b65797341000000085300000003646c3146"
        "0000006705636f756e746c000000000000000106726561736f6e530000000872656a65637465640571756575"
        "655300000003646c330474696d6554000000006b012e130865786368616e676553000000000c726f7574696e"
        "672d6b65797341000000085300000003646c334600000088136f726967696e616c2d65787069726174696f6e"
        "53000000013705636f756e746c000000000000000106726561736f6e53000000076578706972656405717565"
        "75655300000003646c310474696d6554000000006b012e130865786368616e676553000000000c726f757469"
        "6e672d6b65797341000000105300000003646c31530000000363637816782d66697273742d64656174682d65"
        "786368616e6765530000000013782d66697273742d64656174682d71756575655300000003646c3114782d66"
        "697273742d64656174682d726561736f6e53000000076578706972656415782d6c6173742d64656174682d65"
        "786368616e6765530000000012782d6c6173742d64656174682d71756575655300000003646c3213782d6c61"
        "73742d64656174682d726561736f6e530000000872656a656374656405782d6d69647401047a657461490000"
        "00010103016d000000006553f100");
}

TEST(DeadLetter, a_death_by_length_without_properties_is_written_as_rabbitmq_writes_it) {
    const auto message = make_message(
        "", "dl1", HeaderEdit().set_headers(FieldTable{{"CC", FieldArray{FieldValue("ccx")}}}));
    const auto letter = die(message, "dl1", DeathReason::maxlen, "dlx");
    EXPECT_EQ(
        properties_of(letter),
        "20000000013c0243434100000008530000000363637807782d64656174684100000072460000006d05636f75"
        "6e746c000000000000000106726561736f6e53000000066d61786c656e0571756575655300000003646c3104"
        "74696d6554000000006b012e130865786368616e676553000000000c726f7574696e672d6b65797341000000"
        "105300000003646c31530000000363637816782d66697273742d64656174682d65786368616e676553000000"
        "0013782d66697273742d64656174682d71756575655300000003646c3114782d66697273742d64656174682d"
        "726561736f6e53000000066d61786c656e15782d6c6173742d64656174682d65786368616e67655300000000"
        "12782d6c6173742d64656174682d71756575655300000003646c3113782d6c6173742d64656174682d726561"
        "736f6e53000000066d61786c656e");
    EXPECT_EQ(letter.message->exchange(), "dlx");
    EXPECT_EQ(letter.message->routing_key(), "dl1");
    EXPECT_EQ(letter.extra_keys, Keys{"ccx"});
}

TEST(DeadLetter, histories_sent_by_clients_are_replaced) {
    const FieldTable forged{{"queue", "foo"}, {"reason", "rejected"}, {"count", std::int32_t{5}}};
    const auto message = make_message(
        "", "dl1",
        HeaderEdit().set_headers(FieldTable{{"x-death", FieldArray{FieldValue(forged)}},
                                            {"x-first-death-queue", "client"},
                                            {"x-last-death-queue", "client2"}}));
    const auto letter = die(message, "dl1", DeathReason::rejected, "", "dl2");
    EXPECT_EQ(
        properties_of(letter),
        "20000000012a07782d6465617468410000006c460000006705636f756e746c00000000000000010672656173"
        "6f6e530000000872656a65637465640571756575655300000003646c310474696d6554000000006b012e1308"
        "65786368616e676553000000000c726f7574696e672d6b65797341000000085300000003646c3116782d6669"
        "7273742d64656174682d65786368616e6765530000000013782d66697273742d64656174682d717565756553"
        "00000003646c3114782d66697273742d64656174682d726561736f6e530000000872656a656374656415782d"
        "6c6173742d64656174682d65786368616e6765530000000012782d6c6173742d64656174682d717565756553"
        "00000003646c3113782d6c6173742d64656174682d726561736f6e530000000872656a6563746564");
}

TEST(DeadLetter, repeated_deaths_are_counted_and_come_first) {
    auto letter = die(make_message("", "a", HeaderEdit()), "a", DeathReason::expired, "", "b");
    letter = die(letter.message, "b", DeathReason::expired, "", "a");
    letter = die(letter.message, "a", DeathReason::expired, "", "b");
    ASSERT_EQ(death_count(letter.message), 2u);
    const FieldTable first = death_entry(letter.message, 0);
    EXPECT_EQ(text_of(first, "queue"), "a");
    EXPECT_EQ(first.find("count")->as_integer(), 2);
    EXPECT_EQ(text_of(death_entry(letter.message, 1), "queue"), "b");
    letter = die(letter.message, "a", DeathReason::rejected, "", "b");
    EXPECT_EQ(death_count(letter.message), 3u);
}

TEST(DeadLetter, first_and_last_death_are_summed_up) {
    auto letter = die(make_message("in", "k", HeaderEdit()), "a", DeathReason::expired, "dlx1");
    letter = die(letter.message, "b", DeathReason::maxlen, "dlx2");
    const FieldTable headers = headers_of(letter.message);
    EXPECT_EQ(text_of(headers, "x-first-death-queue"), "a");
    EXPECT_EQ(text_of(headers, "x-first-death-reason"), "expired");
    EXPECT_EQ(text_of(headers, "x-first-death-exchange"), "in");
    EXPECT_EQ(text_of(headers, "x-last-death-queue"), "b");
    EXPECT_EQ(text_of(headers, "x-last-death-reason"), "maxlen");
    EXPECT_EQ(text_of(headers, "x-last-death-exchange"), "dlx1");
}

TEST(DeadLetter, the_original_expiration_is_kept_as_a_plain_number) {
    const auto message =
        make_message("", "k", HeaderEdit().set_text(Property::expiration, "0012"), 12);
    auto letter = die(message, "q", DeathReason::rejected, "", "q2");
    EXPECT_EQ(text_of(death_entry(letter.message, 0), "original-expiration"), "12");
    EXPECT_FALSE(ContentHeader::decode(letter.message->header())->has(Property::expiration));
    letter = die(letter.message, "q2", DeathReason::rejected, "", "q");
    EXPECT_EQ(text_of(death_entry(letter.message, 0), "original-expiration"), "(none)");
}

TEST(DeadLetter, carbon_copy_keys_route_until_a_new_key_replaces_them) {
    const auto message = make_message("in", "k",
                                      HeaderEdit().set_headers(FieldTable{
                                          {"CC", FieldArray{FieldValue("c1"), FieldValue("c2")}}}));
    auto letter = die(message, "q1", DeathReason::expired, "dlx");
    EXPECT_EQ(letter.message->routing_key(), "k");
    EXPECT_EQ(letter.extra_keys, (Keys{"c1", "c2"}));
    letter = die(letter.message, "q2", DeathReason::expired, "dlx", "new");
    EXPECT_EQ(letter.message->routing_key(), "new");
    EXPECT_EQ(letter.extra_keys, Keys{});
    EXPECT_EQ(death_entry(letter.message, 0).find("routing-keys")->as_array()->size(), 3u);
    letter = die(letter.message, "q3", DeathReason::expired, "dlx");
    EXPECT_EQ(letter.message->routing_key(), "new");
    EXPECT_EQ(letter.extra_keys, Keys{});
    EXPECT_EQ(death_entry(letter.message, 0).find("routing-keys")->as_array()->size(), 1u);
    EXPECT_NE(headers_of(letter.message).find("CC"), nullptr);
}

TEST(DeadLetter, hidden_keys_route_on_without_being_shown) {
    const Keys hidden{"b1", std::string(300, 'b')};
    const auto message =
        make_message("in", "k",
                     HeaderEdit().set_headers(FieldTable{{"CC", FieldArray{FieldValue("c")}}}))
            ->with_hidden_keys(hidden);
    auto letter = die(message, "q1", DeathReason::expired, "dlx");
    EXPECT_EQ(letter.extra_keys, (Keys{"c", hidden[0], hidden[1]}));
    EXPECT_EQ(death_entry(letter.message, 0).find("routing-keys")->as_array()->size(), 2u);
    EXPECT_EQ(as_text(letter.message->body()), "body");
    letter = die(letter.message, "q2", DeathReason::expired, "dlx");
    EXPECT_EQ(letter.extra_keys, (Keys{"c", hidden[0], hidden[1]}));
    letter = die(letter.message, "q3", DeathReason::expired, "dlx", "new");
    EXPECT_EQ(letter.extra_keys, Keys{});
    letter = die(letter.message, "q4", DeathReason::expired, "dlx");
    EXPECT_EQ(letter.extra_keys, Keys{});
}

TEST(DeadLetter, automatic_cycles_are_found) {
    auto letter = die(make_message("", "a", HeaderEdit()), "a", DeathReason::expired, "", "b");
    EXPECT_EQ(letter.cycle_queues, Keys{"a"});
    letter = die(letter.message, "b", DeathReason::maxlen, "", "a");
    EXPECT_EQ(letter.cycle_queues, (Keys{"b", "a"}));
}

TEST(DeadLetter, a_rejection_ends_the_cycle) {
    auto letter = die(make_message("", "a", HeaderEdit()), "a", DeathReason::rejected, "", "b");
    EXPECT_EQ(letter.cycle_queues, Keys{});
    letter = die(letter.message, "b", DeathReason::expired, "", "c");
    EXPECT_EQ(letter.cycle_queues, Keys{"b"});
    letter = die(letter.message, "c", DeathReason::expired, "", "a");
    EXPECT_EQ(letter.cycle_queues, (Keys{"c", "b"}));
}

TEST(DeadLetter, large_bodies_are_shared_and_not_copied) {
    const std::string header = HeaderEdit().encode(100'000);
    const std::string body(100'000, 'b');
    const auto message = Message::make("", "k", as_bytes(header), as_bytes(body), MessageTraits{});
    const Keys hidden{"b"};
    const auto letter = die(message->with_hidden_keys(hidden), "q", DeathReason::expired, "", "d");
    EXPECT_EQ(letter.message->body().data(), message->body().data());
    EXPECT_EQ(ContentHeader::decode(letter.message->header())->body_bytes(), body.size());
}

}  // namespace
}  // namespace warren::broker
