#include "net/readiness.h"

#include <sys/epoll.h>

#include <utility>

#include "runtime/shard.h"

namespace warren::net {

namespace {
constexpr std::uint32_t end_events = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
}  // namespace

ReadinessWatch::ReadinessWatch(runtime::Shard& shard, Socket socket, ReadinessHandler& handler)
    : events_(shard.events()), handler_(handler), socket_(std::move(socket)) {
    if (events_.watch(socket_.descriptor(), *this)) return;
    socket_.close();
    readable_ = ended_ = true;
}

ReadinessWatch::~ReadinessWatch() {
    events_.forget(*this);
}

void ReadinessWatch::await_readable() {
    if (std::exchange(awaits_readable_, true)) return;
    if (readable_) events_.call_soon(*this);
}

void ReadinessWatch::await_writable() {
    if (std::exchange(awaits_writable_, true)) return;
    if (!socket_.is_open() || std::exchange(watches_output_, true)) return;
    events_.watch_output_too(socket_.descriptor(), *this);
}

void ReadinessWatch::on_events(std::uint32_t events) {
    if ((events & end_events) != 0) ended_ = true;
    if ((events & (EPOLLIN | end_events)) != 0) readable_ = true;
    runtime::EventPoll& poll = events_;
    if (readable_ && std::exchange(awaits_readable_, false)) {
        handler_.on_readable();
        if (poll.being_called() != this) return;  // the handler has destroyed this
    }
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0 && std::exchange(awaits_writable_, false))
        handler_.on_writable();
}

}  // namespace warren::net
