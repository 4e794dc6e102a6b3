#include "net/tcp_stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "base/log.h"
#include "runtime/shard.h"

namespace warren::net {

namespace {

constexpr std::int64_t first_tick_ms = 1000;
// Ticks are rounded up to a multiple of this, so that a shard with many connections wakes up for
// many of them at once.
constexpr std::int64_t tick_grid_ms = 128;
// For a peer that neither takes a finished session's output nor closes.
constexpr std::int64_t farewell_ms_max = 10'000;
constexpr std::int64_t lingering_ms_max = 5'000;

Instant on_tick_grid(Instant when) {
    return {(when.ms + tick_grid_ms - 1) / tick_grid_ms * tick_grid_ms};
}

}  // namespace

TcpStream::TcpStream(StreamTurn& turn, AcceptedSocket accepted, runtime::Gate::Pass pass)
    : turn_(turn),
      profile_(std::move(accepted.profile)),
      peer_(std::move(accepted.peer)),
      local_(std::move(accepted.local)),
      pass_(std::move(pass)),
      socket_(turn.shard, std::move(accepted.socket), *this),
      timer_(turn.shard.timers(), [this] { on_timer(); }),
      last_received_(now()),
      last_sent_(now()),
      is_stranger_(profile_->strangers_max != 0) {
    if (is_stranger_) ++turn_.strangers;
}

TcpStream::~TcpStream() {
    let_in();
}

void TcpStream::let_in() {
    if (std::exchange(is_stranger_, false)) --turn_.strangers;
}

Instant TcpStream::now() const {
    return turn_.shard.now().instant;
}

void TcpStream::start() {
    if (profile_->expects_proxy_header) {
        timer_.schedule(now().plus_ms(profile_->proxy_header_ms_max));
        socket_.await_readable();
        return;
    }
    begin_stage_after_proxy_header();
    if (stage_ != Stage::closed) socket_.await_readable();
}

void TcpStream::begin_stage_after_proxy_header() {
    if (!profile_->tls) return open_session();
    stage_ = Stage::tls_handshake;
    tls_ = std::make_unique<TlsEngine>(*profile_->tls);
    timer_.schedule(now().plus_ms(profile_->tls_handshake_ms_max));
}

void TcpStream::open_session() {
    PeerInfo info{.listener = profile_->listener, .peer = peer_, .local = local_, .tls = {}};
    if (tls_)
        info.tls = {tls_->version(), tls_->cipher(), tls_->channel_binding(),
                    tls_->peer_certificate()};
    stage_ = Stage::open;
    session_ = turn_.factory.make_session(info, *this);
    if (!session_) return close();
    timer_.schedule(on_tick_grid(now().plus_ms(first_tick_ms)));
    request_attention();
}

void TcpStream::request_attention() {
    if (stage_ == Stage::closed || std::exchange(listed_to_flush_, true)) return;
    turn_.to_flush.push_back(this);
}

void TcpStream::flush() {
    ENSURE(home_.is_here());
    listed_to_flush_ = false;
    if (stage_ == Stage::open) {
        if (paused_ && session_->wants_input()) resume_input();
        if (stage_ != Stage::open) return;
        session_->end_turn();
    }
    if (stage_ == Stage::open || stage_ == Stage::tls_handshake) write_output();
    if (stage_ != Stage::open) return;

    if (session_->finished()) {
        if (!has_output()) return begin_lingering();
        // The tick becomes a deadline.
        if (!std::exchange(finishing_, true)) timer_.schedule(now().plus_ms(farewell_ms_max));
        return;
    }
    if (session_->waits_for_room() && !socket_.awaits_writable()) request_attention();
    if (!session_->wants_input()) {
        paused_ = true;
    } else if (paused_) {
        request_attention();  // writing has made room: the next turn goes on with the input
    } else if (!listed_to_read_) {
        socket_.await_readable();
    }
}

void TcpStream::on_timer() {
    switch (stage_) {
        case Stage::proxy_header:
            log::error(log::connection, "no PROXY protocol header from {} within {} ms: closing",
                       peer_.to_text(), profile_->proxy_header_ms_max);
            return close();
        case Stage::tls_handshake:
            log::error(log::connection, "TLS handshake with {} not done within {} ms: closing",
                       peer_.to_text(), profile_->tls_handshake_ms_max);
            return close();
        case Stage::open:
            return finishing_ ? close() : tick();
        case Stage::lingering:
            return close();
        case Stage::closed:
            return;
    }
}

void TcpStream::tick() {
    if (paused_) last_received_ = now();
    const Instant next = session_->on_tick(last_received_, last_sent_);
    if (stage_ != Stage::open || finishing_ || next == Instant::never()) return;
    timer_.schedule(on_tick_grid(std::max(next, now().plus_ms(1))));
}

void TcpStream::begin_lingering() {
    stage_ = Stage::lingering;
    session_.reset();
    if (tls_) {
        tls_->shut_down();
        write_output();
        if (stage_ == Stage::closed) return;
    }
    tls_.reset();
    received_ = {};
    plaintext_ = {};
    // Fails only if the peer has gone already, which reading finds out.
    ::shutdown(socket_.descriptor(), SHUT_WR);
    timer_.schedule(now().plus_ms(lingering_ms_max));
    socket_.await_readable();
}

void TcpStream::force_close(std::string_view reason) {
    if (stage_ == Stage::open) {
        session_->force_close(reason);
        request_attention();
    } else if (stage_ != Stage::lingering) {
        close();
    }
}

void TcpStream::cut(std::string_view how) {
    if (stage_ != Stage::closed) break_off(how);
}

void TcpStream::break_off(std::string_view how) {
    if (stage_ == Stage::open && !session_->finished()) session_->on_peer_gone(how);
    close();
}

// The registry destroys the stream, and with it the socket, at the end of the turn.
void TcpStream::close() {
    ENSURE(stage_ != Stage::closed);
    stage_ = Stage::closed;
    timer_.cancel();
    turn_.dead.push_back(this);
}

}  // namespace warren::net
