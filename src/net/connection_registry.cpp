#include "net/connection_registry.h"

#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "base/log.h"
#include "net/tcp_stream.h"
#include "runtime/shard.h"

namespace warren::net {

ConnectionRegistry::ConnectionRegistry(runtime::Shard& shard, SessionFactory& factory)
    : turn_(shard, factory), deadline_(shard.timers(), [this] {
          for (auto& stream : streams_)
              stream->cut("the node stops and has waited long enough");
      }) {}

ConnectionRegistry::~ConnectionRegistry() {
    ENSURE(home_.is_here());
}

void ConnectionRegistry::adopt(AcceptedSocket socket) {
    ENSURE(home_.is_here());
    const std::uint32_t strangers_max = socket.profile->strangers_max;
    if (strangers_max != 0 && turn_.strangers >= strangers_max) return turn_away(socket);
    auto pass = gate_.enter();
    if (!pass) return;
    streams_.push_back(std::make_unique<TcpStream>(turn_, std::move(socket), std::move(*pass)));
    streams_.back()->registry_index = streams_.size() - 1;
    streams_.back()->start();
}

// Who knocks ten thousand times a second shall not fill the disk with lines about it either.
void ConnectionRegistry::turn_away(const AcceptedSocket& socket) {
    constexpr std::int64_t between_lines_ms = 1000;
    ++turned_away_;
    const Instant now = turn_.shard.now().instant;
    if (now < next_line_) return;
    next_line_ = now.plus_ms(between_lines_ms);
    log::warning(log::connection,
                 "{} is turned away from {}: {} others have not shown yet that they may come in "
                 "({} turned away since the last line)",
                 socket.peer.to_text(), socket.local.to_text(), turn_.strangers,
                 std::exchange(turned_away_, 0));
}

void ConnectionRegistry::close_all(const std::string& reason) {
    ENSURE(home_.is_here());
    for (auto& stream : streams_)
        if (stream->stage() != TcpStream::Stage::closed) stream->force_close(reason);
    turn_.shard.request_turn();
}

void ConnectionRegistry::shut_down(std::string reason, std::int64_t wait_ms_max,
                                   std::move_only_function<void()> on_empty) {
    ENSURE(home_.is_here());
    close_all(reason);
    deadline_.schedule(turn_.shard.now().instant.plus_ms(wait_ms_max));
    gate_.close([this, on_empty = std::move(on_empty)]() mutable {
        deadline_.cancel();
        on_empty();
    });
}

// What becomes listed while the lists are worked off waits for the next turn, which then comes at
// once.
bool ConnectionRegistry::end_turn(const Now&) {
    flush_listed();
    list_the_rested();
    read_listed();
    bury_the_dead();
    return std::exchange(turn_.has_new_work, false) || !turn_.to_flush.empty() ||
           !turn_.to_read.empty();
}

void ConnectionRegistry::flush_listed() {
    turn_.written_bytes = 0;
    serve(turn_.to_flush, &StreamTurn::may_write_more, &TcpStream::flush);
}

// What is read here is the next turn's input.
void ConnectionRegistry::read_listed() {
    turn_.read_bytes = 0;
    serve(turn_.to_read, &StreamTurn::may_read_more, &TcpStream::read_on);
}

void ConnectionRegistry::serve(std::vector<TcpStream*>& listed,
                               bool (StreamTurn::*has_room)() const, void (TcpStream::*work)()) {
    std::swap(being_served_, listed);
    auto next = being_served_.begin();
    for (; next != being_served_.end() && (turn_.*has_room)(); ++next)
        ((*next)->*work)();
    listed.insert(listed.begin(), next, being_served_.end());
    being_served_.clear();
}

void ConnectionRegistry::list_the_rested() {
    if (turn_.resting.empty()) return;
    const std::int64_t now_ns = turn_.shard.turn_began_ns();
    std::int64_t next_ns = INT64_MAX;
    std::erase_if(turn_.resting, [&](const StreamTurn::Resting& resting) {
        if (resting.until_ns > now_ns) {
            next_ns = std::min(next_ns, resting.until_ns);
            return false;
        }
        turn_.to_read.push_back(resting.stream);
        return true;
    });
    if (!turn_.resting.empty()) turn_.shard.request_turn_at(next_ns);
}

void ConnectionRegistry::bury_the_dead() {
    if (turn_.dead.empty()) return;
    const auto is_closed = [](const TcpStream* stream) {
        return stream->stage() == TcpStream::Stage::closed;
    };
    std::erase_if(turn_.to_flush, is_closed);
    std::erase_if(turn_.to_read, is_closed);
    std::erase_if(turn_.resting, [&](const auto& resting) { return is_closed(resting.stream); });
    std::vector<std::unique_ptr<TcpStream>> buried;
    for (TcpStream* stream : turn_.dead) {
        const std::size_t index = stream->registry_index;
        buried.push_back(std::move(streams_[index]));
        if (index + 1 != streams_.size()) {
            streams_[index] = std::move(streams_.back());
            streams_[index]->registry_index = index;
        }
        streams_.pop_back();
    }
    turn_.dead.clear();
}

}  // namespace warren::net
