#pragma once
// One HTTP/1.1 connection as a machine: bytes and time in, bytes out, no socket. Requests are read
// one after the other; the next is looked at when the one before is answered, so a client may send
// several at once and gets its answers in order.
//
//   reading  ──(complete request)──▶  answering  ──(respond())──▶  reading, or finished
//                                         └──▶ streaming ──(all sent)──▶  the same
//
// A body that is made while it is sent goes out in chunks, one when the one before has been taken:
// a client that reads slowly makes nobody hold much for it.
//
// What cannot be read (bad syntax, too long a head) is answered with 400, 414 or 431 and ends the
// connection. A body that is too long is read to its end and thrown away, so that the client gets
// to see the answer; a request that takes too long to arrive, or a connection on which nothing
// happens, is closed.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/output_buffer.h"
#include "http/request.h"
#include "http/response.h"

namespace warren::http {

struct ConnectionLimits {
    std::size_t head_bytes_max = 32'768;
    std::uint64_t body_bytes_max = 20'000'000;
    // From the first byte of a request to the last of its head.
    std::int64_t request_ms_max = 5000;
    // Without a byte from the client while it owes one: between requests, or inside a body.
    std::int64_t idle_ms_max = 60'000;
    // While a client does not take what it has asked for.
    std::int64_t stuck_ms_max = 60'000;
};

class Connection;

class ConnectionHost {
public:
    // A request is complete: Connection::respond() follows, perhaps before this returns. Not called
    // from within Connection::on_bytes().
    virtual void on_request(Connection& connection, Request request) = 0;
    // There is output, or input is wanted again.
    virtual void request_attention(Connection& connection) = 0;

protected:
    ~ConnectionHost() = default;
};

class Connection {
public:
    // The host and the limits outlive the connection.
    Connection(ConnectionHost& host, const ConnectionLimits& limits);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    // Takes what it can from the front and returns how much that was; the rest is shown again.
    std::size_t on_bytes(ByteView input);
    bool wants_input() const { return state_ == State::reading; }
    bool finished() const { return state_ == State::finished; }
    OutputBuffer& output() { return output_; }
    // Hands on the request that has arrived, if one has.
    void end_turn();
    // There is more to send once there is room for it: end_turn() goes on with it.
    bool waits_for_room() const { return state_ == State::streaming; }
    // Returns when it wants to be called next.
    Instant on_tick(Instant now, Instant last_received, Instant last_sent);
    void on_peer_gone();
    // The node stops: what is being answered still may be, nothing else is read.
    void stop();

    // Answers the request that was handed on.
    void respond(Response response);

private:
    enum class State : std::uint8_t { reading, complete, answering, streaming, finished };
    struct Parser;  // Beast's

    void start_request();
    void end_head();
    void refuse(unsigned status);
    void take_request();
    enum class Length : std::uint8_t { known, unknown };
    void write(Response response, Length length);
    void write_piece();
    void end_answer();
    void finish();

    ConnectionHost& host_;
    const ConnectionLimits& limits_;
    State state_ = State::reading;
    std::unique_ptr<Parser> parser_;
    Request request_;
    OutputBuffer output_;
    BodySource source_;  // while streaming
    // Of the request being read or answered.
    bool started_ = false;  // some of it has come
    Instant started_at_;    // as seen by the first tick since
    bool start_seen_ = false;
    bool keep_alive_ = true;
    bool answers_head_ = false;
    bool knows_chunks_ = true;  // an older client knows the end of a body by that of the connection
    bool stopping_ = false;
};

}  // namespace warren::http
