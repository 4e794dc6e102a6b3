// Large bodies take a way of their own into the broker: their frames need not be whole to be taken,
// and the socket may put bytes where they belong.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "tests/integration/publisher_and_consumer.h"

namespace warren::test {
namespace {

using namespace amqp091;

std::string body_of(std::size_t bytes) {
    std::string body(bytes, 'x');
    for (std::size_t at = 0; at < bytes; at += 97)
        body[at] = static_cast<char>(at);
    return body;
}

std::string publish_of(std::string_view body, std::uint32_t frame_bytes) {
    return publish_frames({.routing_key = "q"}, body, {}, 1, frame_bytes);
}

class LargeBody : public PublisherAndConsumer {
protected:
    // As a socket would: first into the room there is, then the rest in reads of `read_bytes`.
    void write_directly(std::string_view bytes, std::size_t read_bytes) {
        while (!bytes.empty()) {
            std::size_t placed = 0;
            publisher.use_connection([&](session::Connection& connection) {
                const auto room = connection.direct_room();
                placed = std::min(room.size(), bytes.size());
                if (placed == 0) return;
                std::memcpy(room.data(), bytes.data(), placed);
                connection.on_direct_bytes(placed);
            });
            direct_bytes += placed;
            bytes.remove_prefix(placed);
            const std::size_t others = std::min(read_bytes, bytes.size());
            publisher.write(bytes.substr(0, others));
            bytes.remove_prefix(others);
        }
    }
    std::size_t direct_bytes = 0;
};

TEST_P(LargeBody, input_cut_anywhere_means_the_same) {
    const std::string body = body_of(10'000);
    const std::string frames = publish_of(body, limits::frame_bytes_min);
    // Every byte of the frames around the payloads, and some within.
    for (std::size_t cut = 0; cut <= frames.size(); cut += (cut % 4096 < 120 ? 1 : 41)) {
        publisher.write(std::string_view(frames).substr(0, cut));
        publisher.write(std::string_view(frames).substr(cut));
        expect_delivery(body);
    }
}

TEST_P(LargeBody, most_of_it_can_go_where_it_belongs) {
    const std::string body = body_of(300'000);
    const std::string frames = publish_of(body, limits::frame_bytes_default);
    write_directly(frames + frames + publish_of("small", 4096), 16'384);
    expect_delivery(body);
    expect_delivery(body);
    expect_delivery("small");
    EXPECT_GT(direct_bytes, 400'000u);
}

TEST_P(LargeBody, one_byte_at_a_time_arrives_too) {
    const std::string body = body_of(40'000);
    write_directly(publish_of(body, 20'000), 1);
    expect_delivery(body);
}

TEST_P(LargeBody, reads_are_short_while_large_bodies_come) {
    const std::string frames = publish_of(body_of(100'000), limits::frame_bytes_default);
    publisher.write(std::string_view(frames).substr(0, 1000));
    EXPECT_EQ(publisher.connection().read_bytes_max(), limits::direct_body_read_bytes);
    publisher.write(std::string_view(frames).substr(1000));
    EXPECT_EQ(publisher.connection().read_bytes_max(), limits::read_buffer_bytes);
}

TEST_P(LargeBody, a_frame_without_its_end_closes_the_connection) {
    std::string frames = publish_of(body_of(50'000), limits::frame_bytes_default);
    frames.back() = 'x';
    publisher.write(std::string_view(frames).substr(0, 30'000));
    publisher.write(frames.substr(30'000) + "what follows");
    const auto closed = publisher.expect<ConnectionClose>();
    EXPECT_EQ(closed.reply_code, 501);
    EXPECT_TRUE(closed.reply_text.find("invalid_frame_end_marker,120") != std::string_view::npos)
        << closed.reply_text;
}

TEST_P(LargeBody, more_than_was_announced_is_refused) {
    std::string frames;
    append_method(frames, {1}, BasicPublish{.exchange = "", .routing_key = "q"});
    append_content_header(frames, {1}, as_bytes(HeaderEdit().encode(10'000)));
    append_body(frames, {1}, as_bytes(body_of(10'001)), limits::frame_bytes_default);
    publisher.write(std::string_view(frames).substr(0, 5000));
    publisher.write(std::string_view(frames).substr(5000));
    EXPECT_EQ(publisher.expect<ConnectionClose>().reply_code, 501);
}

TEST_P(LargeBody, nobody_wants_the_rest_when_the_channel_is_closed_meanwhile) {
    const std::string frames = publish_of(body_of(50'000), limits::frame_bytes_default);
    publisher.write(std::string_view(frames).substr(0, 20'000));
    ASSERT_FALSE(publisher.connection().direct_room().empty());
    const broker::ConsumerId late{publisher.connection().id(), {1}, 0};
    publisher.use_connection([&](session::Connection& connection) {
        connection.on_event(broker::AckTimedOut{late, {}});
    });
    EXPECT_EQ(publisher.expect<ChannelClose>().reply_code, 406);
    EXPECT_TRUE(publisher.connection().direct_room().empty());
    publisher.write(std::string_view(frames).substr(20'000));
    publisher.send(ChannelCloseOk{});
    publisher.send(ChannelOpen{});
    publisher.expect<ChannelOpenOk>();
    publisher.publish("", "q", "next");
    expect_delivery("next");
    EXPECT_TRUE(consumer.idle());
}

INSTANTIATE_TEST_SUITE_P(Shards, LargeBody, ::testing::Values(1, 3));

}  // namespace
}  // namespace warren::test
