#pragma once
// What a socket drives: a protocol's connection as a machine. Bytes go in, bytes come out through
// an OutputBuffer, and the machine says whether it wants more. One session a connection, on its
// shard, made when the connection is ready for it (after a PROXY header and the TLS handshake) and
// destroyed when the socket is gone or its last output is written.
//
// A turn of a connection:  on_bytes()  ...  end_turn(), one gathered write, finished()?
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/output_buffer.h"
#include "net/fwd.h"
#include "net/peer_certificate.h"
#include "net/socket_address.h"

namespace warren::net {

// How a session wants its input to be read.
struct ReadPace {
    std::size_t bytes_max = limits::read_buffer_bytes;  // at once; one read at least may be so long
    bool gives_way = false;     // other threads come before what is left to be read
    std::int64_t pause_ns = 0;  // between one read and the next
};

class ByteSession {
public:
    virtual ~ByteSession() = default;

    // Takes what it can from the front of the input and returns how many bytes that were. The rest
    // is shown again, with more behind it or once input is wanted again. The input is only good for
    // the call. Not called while wants_input() is false.
    virtual std::size_t on_bytes(ByteView input) = 0;
    // False: nothing is read until StreamControl::request_attention() has been called and this is
    // true. TCP slows the peer down meanwhile.
    virtual bool wants_input() const = 0;
    virtual ReadPace read_pace() const { return {}; }
    // Where the bytes that come next belong, if that is known (the rest of a large body): what is
    // read goes there first, past on_bytes(). Good until the session is called again.
    virtual std::span<std::byte> direct_room() { return {}; }
    // The first `bytes` of direct_room() have been filled.
    virtual void on_direct_bytes([[maybe_unused]] std::size_t bytes) {}
    // Nothing more will be read; the connection is closed once the output is written.
    virtual bool finished() const = 0;
    virtual OutputBuffer& output() = 0;

    // The end of a turn in which the session was given input, asked for attention, or has written:
    // whatever was put off goes into the output now. May be called without news.
    virtual void end_turn() = 0;
    // end_turn() has put something off because too much output was waiting: once that is written it
    // is called again.
    virtual bool waits_for_room() const { return false; }
    // From time to time, for heartbeats and time-outs. Returns when it wants to be called next (not
    // before; perhaps up to 128 ms later); never() if it ends now. First called about a second
    // after the session is made. While the session itself wants no input, last_received counts on:
    // it is not the peer's silence.
    virtual Instant on_tick(Instant last_received, Instant last_sent) = 0;

    // The connection has broken; `how` is for the log. Called at most once, and not after
    // finished().
    virtual void on_peer_gone(std::string_view how) = 0;
    // The node stops: say goodbye in the protocol's way and finish soon.
    virtual void force_close(std::string_view reason) = 0;
};

struct StreamStats {
    std::uint64_t received_bytes = 0;
    std::uint64_t sent_bytes = 0;
    std::uint64_t reads = 0;   // system calls that returned data
    std::uint64_t writes = 0;  // system calls that wrote data
};

// What a session may ask of its connection. Lives at least as long as the session.
class StreamControl {
public:
    // There is output, input is wanted again, or the session has finished: the end of this turn (or
    // the next, if this is called late in the turn) looks at it. Idempotent and cheap.
    virtual void request_attention() = 0;
    virtual const StreamStats& stats() const = 0;
    // The session knows who is at the other end: no longer one of StreamProfile::strangers_max.
    virtual void let_in() {}

protected:
    ~StreamControl() = default;
};

// Both ends of a connection, and what TLS knows about the peer.
struct PeerInfo {
    std::string listener;  // label of the listener that accepted it: which protocol to speak
    SocketAddress peer;    // as told by the PROXY header, if there was one
    SocketAddress local;
    struct Tls {
        std::string version;  // "TLSv1.3"
        std::string cipher;
        // Known to both ends of this connection and to nobody else (RFC 9266); empty: the
        // connection has none.
        std::string channel_binding;
        std::optional<PeerCertificate> certificate;  // verified
    };
    std::optional<Tls> tls;
};

class SessionFactory {
public:
    // On the connection's shard. Null refuses the connection, which is then closed.
    virtual std::unique_ptr<ByteSession> make_session(const PeerInfo& peer,
                                                      StreamControl& stream) = 0;

protected:
    ~SessionFactory() = default;
};

}  // namespace warren::net
