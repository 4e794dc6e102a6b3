#pragma once
// One accepted connection: moves bytes between its socket and its session, through TLS if the
// listener says so. Lives on one shard, in its ConnectionRegistry.
//
// Reading: one system call when the socket is ready, into the shard's buffer, or first to where the
// session wants the rest of a large body; what the session leaves is kept. A read that fills the
// buffer is followed by another one in the next turn, so that a fast sender shares the shard with
// others. While the session wants no input nothing is read.
// Writing: one gathered system call at the end of a turn in which the stream was asked to; when the
// socket is full, the rest waits for it.
//
//   proxy_header -> tls_handshake -> open -> lingering -> closed      (the first two if so
//   configured;
//                                                                     any of them may end in
//                                                                     closed)
//
// lingering: all output is written and the peer has been told that no more comes (FIN); what it
// still sends is thrown away until it closes too. Closing at once would reset the connection, and
// the peer could lose the session's last words.
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/shard_bound.h"
#include "net/byte_session.h"
#include "net/input_buffer.h"
#include "net/readiness.h"
#include "net/stream_profile.h"
#include "net/stream_turn.h"
#include "net/tls_engine.h"
#include "runtime/gate.h"
#include "runtime/timer_queue.h"

namespace warren::net {

class TcpStream final : public StreamControl, private ReadinessHandler {
public:
    enum class Stage : std::uint8_t { proxy_header, tls_handshake, open, lingering, closed };

    // `pass` is given back when the stream is destroyed.
    TcpStream(StreamTurn& turn, AcceptedSocket accepted, runtime::Gate::Pass pass);
    TcpStream(const TcpStream&) = delete;
    TcpStream& operator=(const TcpStream&) = delete;
    ~TcpStream();

    // ---- StreamControl ----
    void request_attention() override;
    const StreamStats& stats() const override { return stats_; }
    void let_in() override;

    // ---- by the registry ----
    void start();
    // The end of a turn: lets the session finish its turn and writes.
    void flush();
    // There is input: the last read has filled the buffer, or the turn's share was used up.
    void read_on();
    // The session says goodbye; a stream without a session is closed.
    void force_close(std::string_view reason);
    // Closes at once.
    void cut(std::string_view how);
    Stage stage() const { return stage_; }

    std::size_t registry_index = 0;  // the registry's own

private:
    void on_readable() override;
    void on_writable() override { request_attention(); }

    // Input (tcp_stream_input.cpp).
    bool may_read() const;
    void list_to_read();
    void read_on_later(bool more);
    void read();
    std::span<std::byte> direct_room();
    void on_input(ByteView input);
    std::size_t read_proxy_header(ByteView input);
    void go_on_with_handshake();
    void decrypt_for_session();
    void give_to_session(InputBuffer& buffer, ByteView input);
    void resume_input();
    void on_read_failed(const IoOutcome& outcome);

    // Output (tcp_stream_output.cpp).
    OutputBuffer& outgoing() { return tls_ ? tls_->ciphertext() : session_->output(); }
    bool has_output() const;
    void write_output();
    bool encrypt_output();
    void on_write_failed(int error);

    // Life (tcp_stream.cpp).
    void begin_stage_after_proxy_header();
    void open_session();
    void on_timer();
    void tick();
    void begin_lingering();
    void break_off(std::string_view how);
    void close();
    Instant now() const;

    ShardBound home_;
    StreamTurn& turn_;
    std::shared_ptr<const StreamProfile> profile_;
    SocketAddress peer_;
    SocketAddress local_;
    runtime::Gate::Pass pass_;
    ReadinessWatch socket_;
    runtime::Timer timer_;  // a deadline, or while open the session's next tick
    std::unique_ptr<TlsEngine> tls_;
    std::unique_ptr<ByteSession> session_;  // while open
    InputBuffer received_;                  // as it came from the socket
    InputBuffer plaintext_;                 // with TLS: decrypted
    StreamStats stats_;
    Instant last_received_;
    Instant last_sent_;
    Stage stage_ = Stage::proxy_header;
    bool listed_to_flush_ = false;
    bool listed_to_read_ = false;
    bool paused_ = false;  // the session wanted no input when there was, or might have been, some
    bool finishing_ = false;  // the session has finished, its output has not
    bool output_broken_ =
        false;          // the peer takes nothing any more; it may have sent something before
    bool is_stranger_;  // one of turn_.strangers
};

}  // namespace warren::net
