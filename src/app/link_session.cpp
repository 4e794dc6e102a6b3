#include "app/link_session.h"

#include <algorithm>
#include <array>
#include <utility>

#include "app/owner_backend.h"
#include "auth/link/link_format.h"
#include "base/log.h"

namespace warren::app {

namespace {

// What waits to be written may be so much; the rest stays with the API's connection.
constexpr std::size_t sealed_bytes_max = 256u << 10;
constexpr std::int64_t tick_ms = 1000;

auth::LinkHandshake::Setting handshake_setting(const LinkSettings& settings,
                                               const net::PeerInfo& peer) {
    return {.role = auth::LinkHandshake::Role::node,
            .cookie = settings.cookie,
            .node_name = settings.node_name,
            .channel_binding = peer.tls ? peer.tls->channel_binding : std::string()};
}

}  // namespace

std::unique_ptr<net::ByteSession> LinkDoor::make_session(const net::PeerInfo& peer,
                                                         net::StreamControl& stream) {
    const auto entropy = auth::fresh_link_entropy();
    if (!entropy) {
        log::warning(log::connection, "command line from {} is turned away: there is no randomness",
                     peer.peer.to_text());
        return nullptr;
    }
    return std::make_unique<LinkSession>(*this, peer, stream, *entropy);
}

LinkSession::LinkSession(LinkDoor& door, const net::PeerInfo& peer, net::StreamControl& stream,
                         const auth::LinkEntropy& entropy)
    : door_(door),
      stream_(stream),
      peer_(peer),
      handshake_(handshake_setting(door.settings_, peer), entropy),
      deadline_(now().plus_ms(door.settings_.handshake_ms_max)) {}

std::size_t LinkSession::on_bytes(ByteView input) {
    std::size_t taken = 0;
    if (stage_ == Stage::handshake) taken = shake_hands(input);
    if (stage_ == Stage::open) taken += open_frames(input.subspan(taken));
    return taken;
}

std::size_t LinkSession::shake_hands(ByteView input) {
    std::string answer;
    const std::size_t taken = handshake_.on_bytes(input, answer);
    stream_.request_attention();
    if (handshake_.state() == auth::LinkHandshake::State::failed) {
        refuse(std::move(answer));
        return taken;
    }
    output_.append(as_bytes(answer));
    if (handshake_.state() == auth::LinkHandshake::State::done) open_session();
    return taken;
}

void LinkSession::open_session() {
    stage_ = Stage::open;
    stream_.let_in();
    opener_.emplace(handshake_.keys().from_client);
    sealer_.emplace(handshake_.keys().from_node);
    session_ = std::make_unique<HttpSession>(door_.control_, door_.control_.settings().connections,
                                             door_.shard_, peer_, stream_);
    log::info(log::connection, "command line from {} is let in", peer_.peer.to_text());
}

void LinkSession::refuse(std::string answer) {
    using Fault = auth::LinkHandshake::Fault;
    if (handshake_.fault() != Fault::wrong_cookie)
        return close(handshake_.fault() == Fault::other_version
                         ? "it speaks another version of the protocol"
                         : "what it sends is not what command lines send");
    note_wrong_cookie();
    stage_ = Stage::refusing;
    answer_ = std::move(answer);
    deadline_ = now().plus_ms(door_.settings_.refusal_delay_ms);
}

void LinkSession::note_wrong_cookie() const {
    constexpr std::string_view why = "wrong Erlang cookie";
    log::warning(log::connection, "command line from {} is refused: {}", peer_.peer.to_text(), why);
    door_.control_.auth_attempts().count_http(peer_.peer.host, OwnerBackend::username,
                                              auth::LoginOutcome::failed);
    door_.control_.node().note({.user = std::string(OwnerBackend::username),
                                .address = peer_.peer.to_text(),
                                .protocol = door_.control_.settings().protocol},
                               {.action = "refused", .kind = "login", .reason = why});
}

void LinkSession::close(std::string_view why) {
    if (!why.empty())
        log::warning(log::connection, "command line from {}: {}", peer_.peer.to_text(), why);
    stage_ = Stage::closed;
}

std::size_t LinkSession::open_frames(ByteView input) {
    const auto taken = opener_->open(input, content_);
    if (!taken) {
        close("a frame has been changed on its way");
        stream_.request_attention();
        return input.size();
    }
    feed();
    return *taken;
}

void LinkSession::feed() {
    while (!content_.empty() && session_->wants_input()) {
        const std::size_t taken = session_->on_bytes(as_bytes(content_));
        if (taken == 0) return;
        content_.erase(0, taken);
    }
}

bool LinkSession::wants_input() const {
    if (stage_ == Stage::open) return session_->wants_input();
    return stage_ == Stage::handshake;
}

bool LinkSession::finished() const {
    if (stage_ == Stage::open) return session_->finished() && session_->output().empty();
    return stage_ == Stage::closed;
}

void LinkSession::end_turn() {
    if (stage_ != Stage::open) return;
    feed();
    session_->end_turn();
    seal_output();
}

void LinkSession::seal_output() {
    OutputBuffer& plain = session_->output();
    while (!plain.empty() && output_.size() < sealed_bytes_max) {
        std::array<iovec, 1> oldest{};
        plain.gather(oldest);
        const ByteView content(
            static_cast<const std::byte*>(oldest[0].iov_base),
            std::min(oldest[0].iov_len, auth::link_format::frame_content_bytes_max));
        const std::size_t bytes = auth::FrameSealer::frame_bytes(content.size());
        if (!sealer_->seal(content, {output_.reserve(bytes), bytes}))
            return close("there is no cryptography to go on with");
        output_.commit(bytes);
        plain.consume(content.size());
    }
}

bool LinkSession::waits_for_room() const {
    return stage_ == Stage::open && (session_->waits_for_room() || !session_->output().empty());
}

Instant LinkSession::on_tick(Instant last_received, Instant last_sent) {
    if (stage_ == Stage::open) return session_->on_tick(last_received, last_sent);
    if (now() >= deadline_ && stage_ != Stage::closed) {
        output_.append(as_bytes(answer_));
        close(stage_ == Stage::handshake ? "it has not shown the Erlang cookie in time" : "");
        stream_.request_attention();
    }
    return now().plus_ms(tick_ms);
}

void LinkSession::on_peer_gone(std::string_view how) {
    if (session_ != nullptr) session_->on_peer_gone(how);
}

void LinkSession::force_close(std::string_view reason) {
    if (stage_ == Stage::open) return session_->force_close(reason);
    close("");
}

}  // namespace warren::app
