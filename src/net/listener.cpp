#include "net/listener.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "base/ensure.h"
#include "base/log.h"
#include "net/connection_registry.h"
#include "net/local_socket.h"
#include "runtime/shard.h"

namespace warren::net {

namespace {

// Accepted in one go before the shard's other work has its turn.
constexpr int accepts_per_turn = 64;
constexpr std::int64_t back_off_ms = 100;

// The connection has failed before it was accepted (accept(2), "Error handling"): no reason to
// wait.
bool concerns_one_connection(int error) {
    switch (error) {
        case ECONNABORTED:
        case EINTR:
        case EPROTO:
        case ENETDOWN:
        case ENOPROTOOPT:
        case EHOSTDOWN:
        case ENONET:
        case EHOSTUNREACH:
        case EOPNOTSUPP:
        case ENETUNREACH:
        case EPERM:  // a firewall rule
            return true;
        default:
            return false;
    }
}

}  // namespace

void SocketSpreader::give_away(AcceptedSocket socket) {
    const Target target = targets_[next_++ % targets_.size()];
    target.shard->post_from_any_thread(
        [registry = target.registry, socket = std::move(socket)]() mutable {
            registry->adopt(std::move(socket));
        });
}

Listener::Listener(runtime::Shard& shard, ListeningSocket socket,
                   std::shared_ptr<const StreamProfile> profile, SocketSpreader& spreader)
    : shard_(shard),
      address_(std::move(socket.address)),
      profile_(std::move(profile)),
      spreader_(spreader),
      socket_(shard, std::move(socket.socket), *this),
      retry_(shard.timers(), [this] { socket_.await_readable(); }) {
    socket_.await_readable();
}

void Listener::replace_profile(std::shared_ptr<const StreamProfile> profile) {
    ENSURE(home_.is_here());
    profile_ = std::move(profile);
}

void Listener::on_readable() {
    for (int count = 0; count < accepts_per_turn; ++count)
        if (!accept_one()) return;
    socket_.await_readable();
}

// False when there is nothing more to accept for now; what comes next has been arranged.
bool Listener::accept_one() {
    KernelAddress peer;
    Socket accepted(
        ::accept4(socket_.descriptor(), peer.get(), &peer.bytes, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!accepted.is_open()) {
        const int error = errno;
        if (concerns_one_connection(error)) return true;
        if (error == EAGAIN || error == EWOULDBLOCK) {
            socket_.drained();
            socket_.await_readable();
        } else {
            back_off(error);
        }
        return false;
    }
    if (profile_->only_for_owner && !is_of_owner(accepted.descriptor())) return true;
    if (std::exchange(backing_off_, false))
        log::notice(log::connection, "accepting connections on {} again", address_.to_text());
    KernelAddress local;
    SocketAddress local_address = address_;
    if (::getsockname(accepted.descriptor(), local.get(), &local.bytes) == 0)
        local_address = from_kernel(local);
    spreader_.give_away(
        {std::move(accepted), from_kernel(peer), std::move(local_address), profile_});
    return true;
}

// Waiting clients stay in the backlog. Without a pause the socket, which stays ready, would keep
// the shard busy.
void Listener::back_off(int error) {
    if (!std::exchange(backing_off_, true))
        log::error(log::connection, "cannot accept connections on {} for now: {}",
                   address_.to_text(), error_text(error));
    retry_.schedule(shard_.now().instant.plus_ms(back_off_ms));
}

}  // namespace warren::net
