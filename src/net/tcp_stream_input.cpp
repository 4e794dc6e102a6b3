// The reading half of TcpStream.
#include <algorithm>
#include <array>
#include <cerrno>

#include "base/log.h"
#include "net/proxy_header.h"
#include "net/tcp_stream.h"
#include "runtime/shard.h"

namespace warren::net {

namespace {

// As RabbitMQ's log says it, for an orderly end (FIN) and a reset alike.
constexpr std::string_view closed_by_client = "client unexpectedly closed TCP connection";

}  // namespace

bool TcpStream::may_read() const {
    switch (stage_) {
        case Stage::proxy_header:
        case Stage::tls_handshake:
        case Stage::lingering:
            return true;
        case Stage::open:
            return !session_->finished() && session_->wants_input();
        case Stage::closed:
            break;
    }
    return false;
}

void TcpStream::on_readable() {
    if (listed_to_read_) return;
    if (turn_.may_read_more()) return read();
    list_to_read();
}

void TcpStream::list_to_read() {
    listed_to_read_ = true;
    turn_.to_read.push_back(this);
}

void TcpStream::read_on() {
    listed_to_read_ = false;
    read();
}

void TcpStream::read() {
    if (!may_read()) {
        // flush() goes on when the session wants input again.
        paused_ = stage_ == Stage::open;
        return;
    }
    const std::size_t bytes_max = session_ ? session_->read_pace().bytes_max : ReadPace{}.bytes_max;
    const std::span<std::byte> room = received_.prepare(turn_.read_buffer().first(bytes_max));
    const std::span<std::byte> direct = direct_room();
    const std::array into{iovec{direct.data(), direct.size()}, iovec{room.data(), room.size()}};
    const IoOutcome outcome = direct.empty() ? read_some(socket_.descriptor(), room)
                                             : read_some(socket_.descriptor(), into);
    if (outcome.kind != IoOutcome::Kind::done) {
        received_.received(0);
        received_.consume(0);
        if (outcome.kind != IoOutcome::Kind::would_block) return on_read_failed(outcome);
        socket_.drained();
        return socket_.await_readable();
    }
    ++stats_.reads;
    stats_.received_bytes += outcome.bytes;
    turn_.read_bytes += outcome.bytes;
    last_received_ = now();
    const bool filled = outcome.bytes == direct.size() + room.size();
    if (!filled) socket_.drained();
    const std::size_t placed = std::min(outcome.bytes, direct.size());
    if (placed != 0) session_->on_direct_bytes(placed);
    on_input(received_.received(outcome.bytes - placed));
    if (!may_read())
        paused_ = stage_ == Stage::open;
    else
        read_on_later(filled);
}

// What comes next, after some input: `more` is probably there already and need not be waited for,
// but others come first.
void TcpStream::read_on_later(bool more) {
    const ReadPace pace = session_ ? session_->read_pace() : ReadPace{};
    if (pace.gives_way) turn_.shard.give_way();
    if (pace.pause_ns != 0) {
        listed_to_read_ = true;
        const std::int64_t until_ns = turn_.shard.turn_began_ns() + pace.pause_ns;
        turn_.resting.push_back({this, until_ns});
        turn_.shard.request_turn_at(until_ns);
    } else if (more) {
        list_to_read();
    } else {
        socket_.await_readable();
    }
}

// With TLS the bytes must be decrypted first; what has been kept comes before what is read.
std::span<std::byte> TcpStream::direct_room() {
    if (stage_ != Stage::open || tls_ || !received_.empty()) return {};
    return session_->direct_room();
}

// `input` is what received_ shows; all branches consume what they have used of it.
void TcpStream::on_input(ByteView input) {
    switch (stage_) {
        case Stage::proxy_header:
            received_.consume(read_proxy_header(input));
            if (stage_ == Stage::closed || stage_ == Stage::proxy_header) return;
            // A client that does not wait has sent more behind the header.
            if (!received_.empty()) on_input(received_.kept());
            return;
        case Stage::tls_handshake:
        case Stage::open:
            request_attention();
            if (!tls_) return give_to_session(received_, input);
            tls_->set_input(input);
            if (stage_ == Stage::tls_handshake) go_on_with_handshake();
            if (stage_ == Stage::open) decrypt_for_session();
            // A failure in between has dropped the engine and the input with it.
            if (tls_) received_.consume(input.size() - tls_->input_left());
            return;
        case Stage::lingering:
            return received_.consume(input.size());
        case Stage::closed:
            return;
    }
}

// Returns how many bytes it has used.
std::size_t TcpStream::read_proxy_header(ByteView input) {
    auto header = parse_proxy_header(input);
    if (!header) {
        log::error(log::connection, "closing connection from {}: bad PROXY protocol header: {}",
                   peer_.to_text(), header.error());
        close();
        return input.size();
    }
    if (header->bytes == 0) return 0;
    if (header->source) peer_ = *header->source;
    if (header->destination) local_ = *header->destination;
    begin_stage_after_proxy_header();
    return header->bytes;
}

void TcpStream::go_on_with_handshake() {
    switch (tls_->handshake()) {
        case TlsEngine::Status::done:
            return open_session();
        case TlsEngine::Status::needs_input:
            return;
        case TlsEngine::Status::closed:
        case TlsEngine::Status::failed:
            log::error(log::connection, "TLS handshake with {} on {} failed: {}", peer_.to_text(),
                       local_.to_text(), tls_->error());
            write_output();  // the alert that tells the peer why
            if (stage_ != Stage::closed) begin_lingering();
    }
}

void TcpStream::decrypt_for_session() {
    while (may_read()) {
        const TlsEngine::Read read = tls_->read(plaintext_.prepare(turn_.plaintext_buffer()));
        give_to_session(plaintext_, plaintext_.received(read.bytes));
        if (read.status == TlsEngine::Status::done) continue;
        if (read.status == TlsEngine::Status::closed) return break_off(closed_by_client);
        if (read.status == TlsEngine::Status::failed) return break_off(tls_->error());
        return;
    }
}

void TcpStream::give_to_session(InputBuffer& buffer, ByteView input) {
    buffer.consume(input.empty() ? 0 : session_->on_bytes(input));
}

// The session wants input again: first what has been kept for it, then what the socket has.
void TcpStream::resume_input() {
    paused_ = false;
    if (!received_.empty() || !plaintext_.empty()) turn_.has_new_work = true;
    if (!tls_) {
        give_to_session(received_, received_.kept());
    } else {
        give_to_session(plaintext_, plaintext_.kept());
        const ByteView input = received_.kept();
        tls_->set_input(input);
        decrypt_for_session();
        received_.consume(input.size() - tls_->input_left());
    }
    if (!may_read()) paused_ = stage_ == Stage::open;
}

void TcpStream::on_read_failed(const IoOutcome& outcome) {
    const bool closed =
        outcome.kind == IoOutcome::Kind::end_of_input || outcome.error == ECONNRESET;
    if (closed && stage_ == Stage::tls_handshake)
        log::debug(log::connection, "{} has closed the connection within the TLS handshake",
                   peer_.to_text());
    break_off(closed ? std::string(closed_by_client) : error_text(outcome.error));
}

}  // namespace warren::net
