#include "broker/message_codec.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"

namespace warren::broker {
namespace {

constexpr std::uint64_t embed_bytes_max = 4096;

// The payload of a content header frame without properties.
std::string header_for(std::size_t body_bytes) {
    std::string header;
    ByteWriter out(header);
    out.u16(60);
    out.u16(0);
    out.u64(body_bytes);
    out.u16(0);
    return header;
}

MessageRef message_with(const std::string& body, MessageTraits traits = {}) {
    return Message::make("logs", "a.b", as_bytes(header_for(body.size())), as_bytes(body), traits);
}

struct Stored {
    std::string payload;
    std::string body;
};

Stored store(const Message& message, std::uint64_t embed = embed_bytes_max) {
    const EncodedMessage encoded(message, embed);
    Stored stored;
    for (const ByteView piece : encoded.payload())
        stored.payload += as_text(piece);
    stored.body = as_text(encoded.body());
    return stored;
}

Result<MessageRef, std::string> load(const Stored& stored) {
    return decode_message(as_bytes(stored.payload), as_bytes(stored.body));
}

void expect_same(const Message& loaded, const Message& original) {
    EXPECT_EQ(as_text(loaded.envelope()), as_text(original.envelope()));
    EXPECT_EQ(as_text(loaded.address()), as_text(original.address()));
    EXPECT_EQ(as_text(loaded.header()), as_text(original.header()));
    EXPECT_EQ(loaded.hidden_keys(), original.hidden_keys());
    EXPECT_EQ(as_text(loaded.body()), as_text(original.body()));
    EXPECT_EQ(loaded.body_is_inline(), original.body_is_inline());
    EXPECT_EQ(loaded.traits().expiration_ms, original.traits().expiration_ms);
    EXPECT_EQ(loaded.traits().priority, original.traits().priority);
    EXPECT_EQ(loaded.traits().persistent, original.traits().persistent);
    EXPECT_EQ(loaded.traits().has_headers, original.traits().has_headers);
    EXPECT_EQ(loaded.traits().deaths, original.traits().deaths);
}

TEST(message_codec, brings_back_what_was_stored) {
    const std::vector<std::string> keys{"hidden", std::string(300, 'k'), ""};
    for (const std::size_t bytes : {0u, 1u, 4095u, 4096u, 4097u, 100'000u})
        for (const std::uint64_t embed : {0u, 100u, 4096u, 5000u, 200'000u}) {
            SCOPED_TRACE(std::to_string(bytes) + " below " + std::to_string(embed));
            const MessageRef plain =
                message_with(std::string(bytes, 'b'), {.expiration_ms = 77,
                                                       .priority = 9,
                                                       .persistent = true,
                                                       .deaths = DeathMark::rerouted});
            for (const MessageRef& message : {plain.share(), plain->with_hidden_keys(keys)}) {
                const auto loaded = load(store(*message, embed));
                ASSERT_TRUE(loaded.has_value()) << loaded.error();
                expect_same(**loaded, *message);
            }
        }
}

TEST(message_codec, brings_back_each_trait) {
    for (const MessageTraits& traits :
         {MessageTraits{}, MessageTraits{.expiration_ms = 0}, MessageTraits{.priority = 255},
          MessageTraits{.persistent = true}, MessageTraits{.has_headers = true},
          MessageTraits{.deaths = DeathMark::recorded}}) {
        const MessageRef message = message_with("body", traits);
        const auto loaded = load(store(*message));
        ASSERT_TRUE(loaded.has_value()) << loaded.error();
        expect_same(**loaded, *message);
    }
}

TEST(message_codec, bodies_at_the_bound_are_stored_apart) {
    EXPECT_EQ(store(*message_with(std::string(4095, 'b'))).body, "");
    EXPECT_EQ(store(*message_with(std::string(4096, 'b'))).body, std::string(4096, 'b'));
    EXPECT_EQ(store(*message_with(std::string(4097, 'b'))).body, std::string(4097, 'b'));
    EXPECT_EQ(store(*message_with("")).body, "");
}

TEST(message_codec, all_queues_of_a_fan_out_name_the_same_body) {
    const MessageRef message = message_with(std::string(4096, 'b'));
    const EncodedMessage first(*message, embed_bytes_max);
    const EncodedMessage second(*message, embed_bytes_max);
    EXPECT_EQ(first.body().data(), second.body().data());
    EXPECT_EQ(first.body().data(), message->body().data());
    const MessageRef large = message_with(std::string(5000, 'b'));
    const MessageRef relabelled =
        large->with_envelope("dlx", "q", as_bytes(header_for(5000)), large->traits());
    EXPECT_EQ(EncodedMessage(*large, embed_bytes_max).body().data(),
              EncodedMessage(*relabelled, embed_bytes_max).body().data());
}

TEST(message_codec, a_payload_cut_anywhere_is_refused) {
    for (const std::size_t bytes : {0u, 10u, 5000u}) {
        const MessageRef message =
            message_with(std::string(bytes, 'b'))->with_hidden_keys(std::vector<std::string>{"k"});
        const Stored stored = store(*message);
        for (std::size_t kept = 0; kept < stored.payload.size(); ++kept) {
            const auto loaded = load({stored.payload.substr(0, kept), stored.body});
            ASSERT_FALSE(loaded.has_value()) << kept;
            ASSERT_NE(loaded.error(), "");
        }
    }
}

TEST(message_codec, a_damaged_byte_gives_a_sound_message_or_a_text) {
    const MessageRef message = message_with("0123456789", {.persistent = true})
                                   ->with_hidden_keys(std::vector<std::string>{"key", "other"});
    const Stored stored = store(*message);
    int refused = 0;
    for (std::size_t at = 0; at < stored.payload.size(); ++at)
        for (const int change : {1, 2, 0x10, 0x80, 0xff}) {
            Stored damaged = stored;
            damaged.payload[at] = static_cast<char>(damaged.payload[at] ^ change);
            const auto loaded = load(damaged);
            refused += !loaded.has_value();
            if (!loaded) continue;
            EXPECT_EQ((*loaded)->body_bytes(), 10u);
            EXPECT_LE((*loaded)->routing_key().size(), limits::short_string_bytes_max);
            EXPECT_LE((*loaded)->hidden_keys().size(), 3u);
        }
    EXPECT_GT(refused, 100);
}

TEST(message_codec, what_is_unknown_is_named) {
    const Stored stored = store(*message_with("body"));
    const auto error_with = [&](std::size_t at, std::uint8_t value) {
        Stored changed = stored;
        changed.payload[at] = static_cast<char>(value);
        const auto loaded = load(changed);
        return loaded ? std::string() : loaded.error();
    };
    EXPECT_EQ(error_with(message_format::type_at, 9), "stored message: unknown type 9");
    EXPECT_EQ(error_with(message_format::version_at, 2), "stored message: unknown version 2");
    EXPECT_EQ(error_with(message_format::flags_at, 0x80), "stored message: unknown flags 0x80");
    EXPECT_EQ(error_with(message_format::death_mark_at, 3), "stored message: unknown death mark 3");
}

TEST(message_codec, a_body_apart_must_be_there_and_be_the_right_one) {
    const Stored stored = store(*message_with(std::string(5000, 'b')));
    EXPECT_FALSE(load({stored.payload, ""}).has_value());
    EXPECT_FALSE(load({stored.payload, std::string(4999, 'b')}).has_value());
    EXPECT_FALSE(load({stored.payload + "more", stored.body}).has_value());
    EXPECT_FALSE(load({store(*message_with("embedded")).payload, "embedded"}).has_value());
}

}  // namespace
}  // namespace warren::broker
