#pragma once
// A whole broker without sockets, threads or clocks: shards, sessions and queues driven step by
// step in one thread. Mailboxes are vectors, time is set by hand. What passes between a client and
// the broker is bytes, as on a wire.
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "amqp091/content_header.h"
#include "amqp091/frame_reader.h"
#include "amqp091/frame_writer.h"
#include "amqp091/methods.h"
#include "auth/access_control.h"
#include "auth/backends/internal.h"
#include "auth/sasl/registry.h"
#include "cluster/shard_node.h"
#include "session/connection.h"
#include "session/session_table.h"

namespace warren::test {

class TestNode;

// One shard with its sessions.
struct TestShard final : cluster::Interconnect {
    TestShard(TestNode& node, ShardId id, std::size_t shard_count);
    bool post(ShardId to, cluster::ShardBatch& batch) override;

    TestNode& node;
    ShardId id;
    std::deque<cluster::ShardBatch> inbox;
    session::SessionTable sessions;
    std::unique_ptr<cluster::ShardNode> shard;
    std::unique_ptr<auth::InternalBackend> backend;
    std::unique_ptr<auth::AccessControl> access;
    auth::SaslRegistry sasl{{}};
    std::unique_ptr<session::SessionContext> context;
};

class TestNode final : public TurnClock {
public:
    explicit TestNode(std::size_t shard_count = 1);
    ~TestNode();

    // Runs turns on all shards until nothing moves any more.
    void settle();
    void advance_ms(std::int64_t ms);
    // As when resource alarms go on and off.
    void set_alarm(const std::string& reason);
    TestShard& shard(std::size_t index) { return *shards_[index]; }
    std::size_t shard_count() const { return shards_.size(); }
    Now now() override { return now_; }

    // Runs code as if on the thread of that shard.
    template <typename Work>
    decltype(auto) on(const TestShard& shard, Work&& work) {
        set_this_shard(shard.id);
        return work();
    }

private:
    Now now_{{1'000'000}, {1'700'000'000'000}};
    std::vector<std::unique_ptr<TestShard>> shards_;
};

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
