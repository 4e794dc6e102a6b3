// The writing half of TcpStream.
#include <algorithm>
#include <array>

#include "base/limits.h"
#include "net/tcp_stream.h"
#include "runtime/shard.h"

namespace warren::net {

namespace {

// Pieces of one system call; a turn's small frames are a few of them, whatever their number.
constexpr std::size_t pieces_max = 64;
// Encrypted ahead of the socket: what the session has not yet seen leave stays in its own buffer,
// where it counts.
constexpr std::size_t encrypted_ahead_bytes = 262'144;

// Makes the pieces no longer than that together, and returns how long they are.
std::size_t cut_to(std::size_t bytes_max, std::span<iovec> pieces) {
    std::size_t bytes = 0;
    for (iovec& piece : pieces) {
        piece.iov_len = std::min(piece.iov_len, bytes_max - bytes);
        bytes += piece.iov_len;
    }
    return bytes;
}

}  // namespace

bool TcpStream::has_output() const {
    if (output_broken_) return false;
    if (tls_ && !tls_->ciphertext().empty()) return true;
    return session_ && !session_->output().empty();
}

void TcpStream::write_output() {
    if (output_broken_) {
        if (session_) session_->output().clear();
        return;
    }
    std::size_t budget = limits::written_bytes_per_stream;
    // While the socket is full there is no use in trying; on_writable() comes back here.
    while (!socket_.awaits_writable()) {
        if (tls_ && session_ && !encrypt_output()) return break_off(tls_->error());
        // Others have a turn in between.
        if (budget == 0) return request_attention();
        std::array<iovec, pieces_max> pieces;
        const std::span<iovec> gathered(pieces.data(), outgoing().gather(pieces));
        const std::size_t bytes = cut_to(budget, gathered);
        if (bytes == 0) return;
        const IoOutcome outcome = write_some(socket_.descriptor(), gathered);
        if (outcome.kind == IoOutcome::Kind::failed) return on_write_failed(outcome.error);
        if (outcome.kind == IoOutcome::Kind::done) {
            ++stats_.writes;
            stats_.sent_bytes += outcome.bytes;
            last_sent_ = now();
            outgoing().consume(outcome.bytes);
            turn_.written_bytes += outcome.bytes;
            budget -= outcome.bytes;
        }
        if (outcome.bytes < bytes) socket_.await_writable();
    }
}

// False: TLS has failed.
bool TcpStream::encrypt_output() {
    OutputBuffer& plaintext = session_->output();
    while (!plaintext.empty() && tls_->ciphertext().size() < encrypted_ahead_bytes) {
        std::array<iovec, pieces_max> pieces;
        const std::size_t count = plaintext.gather(pieces);
        std::size_t bytes = 0;
        for (const iovec& piece : std::span(pieces.data(), count)) {
            const std::size_t part = std::min(piece.iov_len, encrypted_ahead_bytes - bytes);
            if (!tls_->write({static_cast<const std::byte*>(piece.iov_base), part})) return false;
            bytes += part;
            if (bytes == encrypted_ahead_bytes) break;
        }
        plaintext.consume(bytes);
    }
    return true;
}

// The peer takes nothing any more, but what it sent before may still be unread (a client that
// publishes and closes at once): reading goes on and finds the end. If nothing is to be read, this
// is the end.
void TcpStream::on_write_failed(int error) {
    output_broken_ = true;
    if (session_) session_->output().clear();
    if (stage_ != Stage::open || session_->finished() || !session_->wants_input())
        break_off(error_text(error));
}

}  // namespace warren::net
