#include "broker/message.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/limits.h"

namespace warren::broker {
namespace {

std::string text(ByteView bytes) {
    return std::string(as_text(bytes));
}

TEST(message, holds_address_header_and_body_as_they_were_given) {
    const MessageRef message = Message::make("logs", "a.b", as_bytes("header"), as_bytes("body"),
                                             {.expiration_ms = 5, .priority = 3});
    EXPECT_EQ(text(message->address()), std::string("\4logs\3a.b"));
    EXPECT_EQ(message->exchange(), "logs");
    EXPECT_EQ(message->routing_key(), "a.b");
    EXPECT_EQ(text(message->header()), "header");
    EXPECT_EQ(text(message->body()), "body");
    EXPECT_EQ(message->traits().expiration_ms, 5u);
    EXPECT_EQ(message->traits().priority, 3);
    EXPECT_FALSE(message->traits().persistent);
}

TEST(message, names_may_be_empty_or_as_long_as_a_short_string) {
    const std::string longest(limits::short_string_bytes_max, 'k');
    const MessageRef message = Message::make("", longest, {}, {}, {});
    EXPECT_EQ(message->exchange(), "");
    EXPECT_EQ(message->routing_key(), longest);
    EXPECT_EQ(message->body_bytes(), 0u);
    EXPECT_TRUE(message->body_is_inline());
    const MessageRef both = Message::make(longest, longest, as_bytes("h"), as_bytes("b"), {});
    EXPECT_EQ(both->exchange(), longest);
    EXPECT_EQ(both->routing_key(), longest);
    EXPECT_EQ(text(both->header()), "h");
    EXPECT_EQ(text(both->body()), "b");
}

TEST(message, bodies_above_the_inline_bound_live_apart) {
    const std::string inline_body(limits::inline_body_bytes_max, 'i');
    const std::string large_body(limits::inline_body_bytes_max + 1, 'l');
    const MessageRef small = Message::make("e", "k", {}, as_bytes(inline_body), {});
    const MessageRef large = Message::make("e", "k", {}, as_bytes(large_body), {});
    EXPECT_TRUE(small->body_is_inline());
    EXPECT_EQ(text(small->body()), inline_body);
    EXPECT_FALSE(large->body_is_inline());
    EXPECT_EQ(text(large->body()), large_body);
    EXPECT_GE(large->footprint_bytes(), large_body.size());
}

TEST(message, a_body_filled_in_pieces_is_adopted) {
    LargeBodyRef body(LargeBody::allocate(10'000));
    std::fill_n(body->data(), 10'000, std::byte{'x'});
    const MessageRef message =
        Message::make(as_bytes("\1e\1k"), as_bytes("h"), std::move(body), {});
    EXPECT_EQ(text(message->body()), std::string(10'000, 'x'));
    EXPECT_EQ(message->routing_key(), "k");
}

TEST(message, a_new_envelope_shares_a_large_body_and_outlives_the_old_one) {
    for (const std::size_t bytes : {10u, 100'000u}) {
        const std::string body(bytes, 'b');
        MessageRef first = Message::make("e", "k", as_bytes("h"), as_bytes(body), {});
        const std::byte* where = first->body().data();
        const MessageRef second =
            first->with_envelope("dlx", "dead", as_bytes("new header"), {.has_headers = true});
        if (!first->body_is_inline()) {
            EXPECT_EQ(second->body().data(), where);
        }
        first.reset();
        EXPECT_EQ(second->exchange(), "dlx");
        EXPECT_EQ(second->routing_key(), "dead");
        EXPECT_EQ(text(second->header()), "new header");
        EXPECT_EQ(text(second->body()), body);
        EXPECT_TRUE(second->traits().has_headers);
    }
}

TEST(message, references_move_for_free_and_share_on_demand) {
    MessageRef first = Message::make("e", "k", {}, as_bytes("body"), {});
    MessageRef second = first.share();
    MessageRef third = std::move(first);
    EXPECT_FALSE(first);
    EXPECT_EQ(&*second, &*third);
    second.reset();
    EXPECT_EQ(text(third->body()), "body");
    third = MessageRef();
    EXPECT_FALSE(third);
    EXPECT_FALSE(MessageRef().share());
}

TEST(message, is_released_by_several_threads_exactly_once) {
    for (int round = 0; round < 200; ++round) {
        const std::string body(round % 2 == 0 ? 10 : 10'000, 'b');
        MessageRef message = Message::make("e", "k", {}, as_bytes(body), {});
        std::vector<std::thread> threads;
        for (int t = 0; t < 3; ++t)
            threads.emplace_back([shared = message.share(), &body]() mutable {
                EXPECT_EQ(shared->body_bytes(), body.size());
                shared.reset();
            });
        message.reset();
        for (std::thread& thread : threads)
            thread.join();
    }
}

}  // namespace
}  // namespace warren::broker
