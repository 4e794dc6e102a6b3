#pragma once
// A client of a TestNode, for tests: what it sends, and what must come back.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "amqp091/content_header.h"
#include "amqp091/frame_reader.h"
#include "amqp091/frame_writer.h"
#include "amqp091/methods.h"
#include "base/limits.h"
#include "tests/integration/test_node.h"

namespace warren::test {

// The frames of one message, as a client sends them.
std::string publish_frames(const amqp091::BasicPublish& method, std::string_view body,
                           const amqp091::HeaderEdit& header = {}, std::uint16_t channel = 1,
                           std::uint32_t frame_bytes = limits::frame_bytes_default);

// A frame from the broker, with its bytes kept.
struct ReceivedFrame {
    amqp091::FrameType type;
    ChannelId channel;
    std::string payload;

    amqp091::MethodId method() const {
        return amqp091::MethodId{load_big_endian<std::uint32_t>(as_bytes(payload).data())};
    }
};

// A client whose bytes go straight into a session.
class TestClient final : public session::ConnectionHost {
public:
    TestClient(TestNode& node, std::size_t shard_index = 0);
    ~TestClient();
    void request_attention(session::Connection&) override {}

    // Protocol header, PLAIN as guest, tune, open "/", and channel 1.
    void open();
    void write(std::string_view bytes);
    template <typename Method>
    void send(const Method& method, std::uint16_t channel = 1) {
        std::string frame;
        amqp091::append_method(frame, {channel}, method);
        write(frame);
    }
    void publish(std::string_view exchange, std::string_view key, std::string_view body,
                 bool mandatory = false, std::uint16_t channel = 1);
    // Next frame from the broker; fails the test if there is none.
    ReceivedFrame receive();
    bool idle();
    // The next frame must be this method.
    template <typename Method>
    Method expect() {
        last_ = receive();
        EXPECT_EQ(amqp091::method_name(last_.method()), Method::name);
        auto decoded = Method::decode(as_bytes(last_.payload).subspan(4));
        EXPECT_TRUE(decoded.has_value());
        return decoded.value_or(Method{});
    }
    // Header and body frames behind the last method.
    std::string expect_body();
    session::Connection& connection() { return *connection_; }
    // Calls use(connection) where the connection lives.
    template <typename Use>
    void use_connection(Use&& use) {
        node_.on(shard_, [&] { use(*connection_); });
        node_.settle();
    }
    // The socket is cut.
    void drop();

private:
    void collect();

    TestNode& node_;
    TestShard& shard_;
    std::unique_ptr<session::Connection> connection_;
    std::string unread_;  // written by the client, not yet taken by the session
    std::string arrived_;
    std::size_t taken_ = 0;
    ReceivedFrame last_;
};

}  // namespace warren::test
