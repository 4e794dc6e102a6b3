#pragma once
// Accepts the connections of one address and hands them to the shards in turn. Lives on one shard.
// Destroying it closes the address; connections are not touched.
//
// When the process or the system is out of descriptors or memory, accepting pauses: clients wait in
// the backlog meanwhile, as they do with RabbitMQ, and the log says so once.
#include <memory>
#include <utility>
#include <vector>

#include "base/shard_bound.h"
#include "net/listening_socket.h"
#include "net/readiness.h"
#include "net/stream_profile.h"
#include "runtime/timer_queue.h"

namespace warren::net {

// Hands sockets to shards, one after the other: two connections land on two shards. One for all
// listeners of a node, on their shard.
class SocketSpreader {
public:
    // The registry lives on the shard, and until the last socket given away has arrived there.
    struct Target {
        runtime::Shard* shard;
        ConnectionRegistry* registry;
    };

    explicit SocketSpreader(std::vector<Target> targets) : targets_(std::move(targets)) {}

    void give_away(AcceptedSocket socket);

private:
    std::vector<Target> targets_;
    std::size_t next_ = 0;
};

class Listener final : private ReadinessHandler {
public:
    Listener(runtime::Shard& shard, ListeningSocket socket,
             std::shared_ptr<const StreamProfile> profile, SocketSpreader& spreader);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    const SocketAddress& address() const { return address_; }
    // For connections to come, such as with a renewed certificate.
    void replace_profile(std::shared_ptr<const StreamProfile> profile);

private:
    void on_readable() override;
    void on_writable() override {}
    bool accept_one();
    void back_off(int error);

    ShardBound home_;
    runtime::Shard& shard_;
    SocketAddress address_;
    std::shared_ptr<const StreamProfile> profile_;
    SocketSpreader& spreader_;
    ReadinessWatch socket_;
    runtime::Timer retry_;
    bool backing_off_ = false;  // since the last accepted connection
};

}  // namespace warren::net
