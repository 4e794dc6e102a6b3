#pragma once
// A whole broker without sockets, threads or clocks: shards, sessions and queues driven step by
// step in one thread. Mailboxes are vectors, time is set by hand. What passes between a client and
// the broker is bytes, as on a wire.
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "auth/access_control.h"
#include "auth/backends/internal.h"
#include "auth/sasl/registry.h"
#include "cluster/shard_node.h"
#include "session/connection.h"
#include "session/session_table.h"
#include "storage/background.h"
#include "storage/file_io.h"

namespace warren::test {

class TestNode;

// Storage's background work, done when the node takes a turn.
class TestLane final : public storage::Background {
public:
    void submit(Work work, Work done) override {
        waiting_.emplace_back(std::move(work), std::move(done));
    }
    // False: there was nothing to do.
    bool work_off();

private:
    std::deque<std::pair<Work, Work>> waiting_;
};

// Where the shards of a node keep what is durable, each in a folder of its own below this one.
struct TestStorage {
    storage::FileIo& io;
    std::string folder;
};

// One shard with its sessions.
struct TestShard final : cluster::Interconnect {
    TestShard(TestNode& node, ShardId id, std::size_t shard_count, const TestStorage* storage);
    bool post(ShardId to, cluster::ShardBatch& batch) override;

    TestNode& node;
    ShardId id;
    TestLane log_lane;
    TestLane store_lane;
    std::deque<std::pair<ShardId, cluster::ShardBatch>> inbox;
    std::vector<std::uint64_t> batches_to;  // posted so far, by receiver
    session::SessionTable sessions;
    std::unique_ptr<cluster::ShardNode> shard;
    std::unique_ptr<auth::InternalBackend> backend;
    std::unique_ptr<auth::AccessControl> access;
    auth::SaslRegistry sasl{{}};
    std::unique_ptr<session::SessionContext> context;
};

class TestNode final : public TurnClock {
public:
    // Without storage everything counts as safe at once, and nothing is kept.
    // `metadata`: what exists from the start, beside a vhost and a user.
    explicit TestNode(std::size_t shard_count = 1, const TestStorage* storage = nullptr,
                      std::span<const cluster::MetadataCommand> metadata = {});
    ~TestNode();

    // Runs turns on all shards, and their lanes, until nothing moves any more.
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
    // True if anything has moved.
    bool take_turn(TestShard& shard);

    Now now_{{1'000'000}, {1'700'000'000'000}};
    std::vector<std::unique_ptr<TestShard>> shards_;
};

}  // namespace warren::test
