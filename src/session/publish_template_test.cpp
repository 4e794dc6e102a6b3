#include "session/publish_template.h"

#include <gtest/gtest.h>

#include "amqp091/content_header.h"
#include "amqp091/frame_writer.h"
#include "amqp091/methods.h"

namespace warren::session {
namespace {

constexpr std::uint64_t body_bytes_max = 100;
constexpr std::string_view address("\4logs\3key");

std::string header_of(std::size_t body_bytes) {
    amqp091::HeaderEdit edit;
    edit.set_delivery_mode(2).set_text(amqp091::Property::content_type, "text/plain");
    return edit.encode(body_bytes);
}

std::string publish_of(std::string_view body, bool mandatory = false, ChannelId channel = {3}) {
    std::string frames;
    amqp091::append_method(
        frames, channel,
        amqp091::BasicPublish{
            .exchange = "logs", .routing_key = "key", .mandatory = mandatory});
    amqp091::append_content_header(frames, channel, as_bytes(header_of(body.size())));
    amqp091::append_body(frames, channel, as_bytes(body), limits::frame_bytes_default);
    return frames;
}

PublishTemplate learned() {
    PublishTemplate known;
    broker::MessageTraits traits;
    traits.persistent = true;
    known.learn({3}, as_bytes(address), false, as_bytes(header_of(5)), traits, body_bytes_max);
    return known;
}

TEST(PublishTemplate, matches_the_same_publish_with_another_body) {
    const PublishTemplate known = learned();
    const std::string frames = publish_of("a body of any length") + "what follows";
    const auto match = known.match(as_bytes(frames));
    EXPECT_EQ(match.total_bytes, frames.size() - 12);
    EXPECT_EQ(as_text(match.address), address);
    EXPECT_EQ(as_text(match.header), header_of(20));
    EXPECT_EQ(as_text(match.body), "a body of any length");
    EXPECT_TRUE(known.traits().persistent);
}

TEST(PublishTemplate, matches_only_what_is_there_in_whole) {
    const PublishTemplate known = learned();
    const std::string frames = publish_of("body");
    for (std::size_t bytes = 0; bytes < frames.size(); ++bytes)
        EXPECT_EQ(known.match(as_bytes(frames).first(bytes)).total_bytes, 0u) << bytes;
    EXPECT_EQ(known.match(as_bytes(frames)).total_bytes, frames.size());
}

TEST(PublishTemplate, a_change_of_any_byte_but_the_bodys_is_no_match) {
    const PublishTemplate known = learned();
    const std::string frames = publish_of("body");
    const std::size_t body_at = frames.size() - 5;
    for (std::size_t at = 0; at < frames.size(); ++at)
        for (const int change : {1, 4, 128}) {
            std::string other = frames + std::string(300, '\xce');
            other[at] = static_cast<char>(other[at] ^ change);
            const bool in_body = at >= body_at && at < body_at + 4;
            EXPECT_EQ(known.match(as_bytes(other)).total_bytes != 0, in_body) << at;
        }
}

TEST(PublishTemplate, bodies_that_are_empty_or_long_go_the_long_way) {
    const PublishTemplate known = learned();
    EXPECT_EQ(known.match(as_bytes(publish_of("") + publish_of("body"))).total_bytes, 0u);
    const std::string longest = publish_of(std::string(body_bytes_max, 'x'));
    EXPECT_EQ(known.match(as_bytes(longest)).total_bytes, longest.size());
    EXPECT_EQ(known.match(as_bytes(publish_of(std::string(body_bytes_max + 1, 'x')))).total_bytes,
              0u);
}

TEST(PublishTemplate, another_channel_or_flag_is_no_match) {
    const PublishTemplate known = learned();
    EXPECT_EQ(known.match(as_bytes(publish_of("body", true))).total_bytes, 0u);
    EXPECT_EQ(known.match(as_bytes(publish_of("body", false, {4}))).total_bytes, 0u);
}

TEST(PublishTemplate, long_properties_are_not_learned) {
    PublishTemplate known = learned();
    amqp091::HeaderEdit edit;
    const std::string text(255, 't');
    edit.set_text(amqp091::Property::content_type, text)
        .set_text(amqp091::Property::message_id, text)
        .set_text(amqp091::Property::type, text);
    known.learn({3}, as_bytes(address), false, as_bytes(edit.encode(5)), {}, body_bytes_max);
    EXPECT_FALSE(known.known());
}

}  // namespace
}  // namespace warren::session
