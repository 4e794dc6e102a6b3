#pragma once
// All connections of one shard. Gives sockets their streams, and at the end of each turn lets those
// that have something to write, to read or to finish do so. To be added to the shard as the hook
// after those that make output (mail, queues) and before the one that posts batches to other
// shards.
//
// Lives on its shard, from before the first socket until no connection is left or the shard's loop
// has ended; the shard itself must outlive it.
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/shard_bound.h"
#include "net/byte_session.h"
#include "net/stream_profile.h"
#include "net/stream_turn.h"
#include "runtime/gate.h"
#include "runtime/timer_queue.h"
#include "runtime/turn.h"

namespace warren::net {

class ConnectionRegistry final : public runtime::TurnHook {
public:
    // `factory` lives as long as the registry.
    ConnectionRegistry(runtime::Shard& shard, SessionFactory& factory);
    ConnectionRegistry(const ConnectionRegistry&) = delete;
    ConnectionRegistry& operator=(const ConnectionRegistry&) = delete;
    // Closes what is still open.
    ~ConnectionRegistry();

    // The socket is served from now on; after shut_down() it is closed.
    void adopt(AcceptedSocket socket);
    // Open sockets: sessions, and those on their way to one or past it.
    std::size_t size() const { return streams_.size(); }

    // Asks every session to say goodbye and cuts what is left after `wait_ms_max`. Calls `on_empty`
    // once no connection is left, perhaps before it returns; it must not destroy the registry. To
    // be called once.
    void shut_down(std::string reason, std::int64_t wait_ms_max,
                   std::move_only_function<void()> on_empty);

    // Asks every session to say goodbye, as shut_down() does, and goes on.
    void close_all(const std::string& reason);

    bool end_turn(const Now& now) override;

private:
    void turn_away(const AcceptedSocket& socket);
    void flush_listed();
    void list_the_rested();
    void read_listed();
    // Streams that this turn has no room for stay first in line.
    void serve(std::vector<TcpStream*>& listed, bool (StreamTurn::*has_room)() const,
               void (TcpStream::*work)());
    void bury_the_dead();

    ShardBound home_;
    StreamTurn turn_;
    runtime::Gate gate_;
    runtime::Timer deadline_;
    std::vector<std::unique_ptr<TcpStream>> streams_;  // in no order; each knows its index
    std::vector<TcpStream*> being_served_;             // scratch of end_turn()
    std::uint64_t turned_away_ = 0;                    // since the last line of the log about it
    Instant next_line_{};                              // not before
};

}  // namespace warren::net
