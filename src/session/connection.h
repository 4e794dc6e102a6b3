#pragma once
// One AMQP 0-9-1 connection as a machine: bytes, time and events go in, bytes come out; it knows no
// socket and never blocks. Lives on one shard from accept to close. Whoever owns the socket (net)
// obeys wants_input(), finished() and output().
//
// While the answer to a question is due (declare, get, consume, ...) no further input is read,
// which keeps the client's commands in order and memory bounded. Deliveries and confirms go out
// meanwhile. Only changes of the topology that have arrived together form a run, so that they share
// the way to the other shards and a sync of the disk: its questions are open side by side, and
// answered in their order. See run_of() for what may be in one, and comes_again() for what must
// not.
//
// Parts: Handshake (until connection.open-ok), Channel (one each), dispatch.h (which method goes
// where).
#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "amqp091/field_table.h"
#include "amqp091/frame_reader.h"
#include "amqp091/frame_writer.h"
#include "amqp091/methods.h"
#include "auth/access_control.h"
#include "base/limits.h"
#include "base/output_buffer.h"
#include "base/shard_bound.h"
#include "broker/shard_services.h"
#include "session/connection_facts.h"
#include "session/handshake.h"
#include "session/open_questions.h"
#include "session/session_context.h"
#include "session/session_reports.h"

namespace warren::session {

class Channel;
class Connection;
class ContentAssembler;

// The owner of the socket.
class ConnectionHost {
public:
    // There is output, or input is wanted again, or the connection has finished: look at it at the
    // end of this turn. Idempotent.
    virtual void request_attention(Connection& connection) = 0;
    // Of the socket so far; without one there is none.
    virtual SocketTraffic socket_traffic() const { return {}; }

protected:
    ~ConnectionHost() = default;
};

class Connection {
public:
    using TopologyContinuation = OpenQuestions::Continuation<broker::TopologyOutcome>;
    using QueueContinuation = OpenQuestions::Continuation<broker::QueueReplyBody>;
    using AdmissionContinuation = OpenQuestions::Continuation<broker::AdmissionOutcome>;
    using ConfirmsContinuation = OpenQuestions::Continuation<bool>;

    enum class State : std::uint8_t {
        handshaking,  // until connection.open-ok
        running,
        // connection.close sent, waiting for close-ok; or received, and not yet answered.
        closing,
        finished,  // nothing more will be read; the socket goes once the output is written
    };

    Connection(ConnectionId id, const SessionContext& context, auth::Peer peer, Endpoints endpoints,
               ConnectionHost& host, std::unique_ptr<const TlsFacts> tls = nullptr);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    // ---- for the owner of the socket ----
    // Takes whole frames from the front of the input and returns how many bytes it has dealt with.
    std::size_t on_bytes(ByteView input);
    bool wants_input() const;
    // How much it takes at a time.
    std::size_t read_bytes_max() const { return read_bytes_max_; }
    // The worst of the queues that its last input was published to.
    broker::Crowding crowding() const { return crowding_; }
    // Where the payload of a large body's frame goes that is on its way (connection_body.cpp).
    std::span<std::byte> direct_room();
    void on_direct_bytes(std::size_t bytes);
    bool finished() const { return state_ == State::finished; }
    OutputBuffer& output() { return output_; }
    // Before output is written, once a turn: confirms, acknowledgements and credit that have
    // gathered.
    void end_turn();
    // end_turn() has kept back credit until output is written.
    bool waits_for_room() const { return waits_for_room_; }
    // From time to time, for heartbeats. Both instants are those of the socket. Returns when to
    // call again.
    Instant on_tick(Instant last_received, Instant last_sent);
    // The socket is gone, by the peer's doing; `how` is for the log.
    void on_peer_gone(std::string_view how);
    // The node stops or an operator wants the connection closed: 320 CONNECTION_FORCED.
    void force_close(std::string_view reason);

    // ---- events, by the session table ----
    void on_deliver(const broker::ConsumerId& consumer, std::span<broker::Delivery> deliveries);
    void on_event(broker::QueueEvent event);
    void on_topology_outcome(std::uint32_t number, broker::TopologyOutcome outcome);
    void on_admission(std::uint32_t number, broker::AdmissionOutcome outcome);
    void on_direct_reply(const broker::ConsumerId& consumer, const broker::MessageRef& message);
    void on_unroutable(const broker::DeduplicatedPublish::Publisher& publisher,
                       const broker::MessageRef& message);
    bool has_reply_consumer(ChannelId channel, std::string_view address) const;
    // A resource alarm went on or off (SessionContext::blocked_reason).
    void on_alarm();

    // ---- for channels and handlers ----
    ConnectionId id() const { return id_; }
    const SessionContext& context() const { return context_; }
    broker::ShardServices& shard() const { return context_.shard; }
    const NodeSettings& settings() const { return context_.settings; }
    const auth::Identity& identity() const { return handshake_.identity(); }
    const std::string& vhost_name() const { return facts_->vhost; }
    const broker::Vhost* vhost() const;
    const auth::Peer& peer() const { return peer_; }
    std::size_t table_slot = 0;  // the session table's own
    const Endpoints& endpoints() const { return facts_->endpoints; }
    const ConnectionFacts& facts() const { return *facts_; }
    // Who asks, for events and the audit log; once it is known who it is.
    const broker::ActorRef& actor();
    std::uint32_t frame_bytes_max() const { return reader_.frame_bytes_max(); }
    bool client_can(std::string_view capability) const;

    // ---- for listings (connection_reports.cpp) ----
    // None until it is open for its client.
    std::optional<ConnectionReport> report() const;
    // Appends those of its open channels; how many there were.
    std::size_t report_channels(std::vector<ChannelReport>& reports, Details details) const;

    template <typename Method>
    void send_method(ChannelId channel, const Method& method) {
        const std::size_t bytes = amqp091::method_frame_bytes(method);
        amqp091::write_method(output_.reserve(bytes), channel, method);
        output_.commit(bytes);
        host_.request_attention(*this);
    }
    void request_attention() { host_.request_attention(*this); }

    // What is answered to the client is safe by then; with nowait there is nothing to answer.
    void submit(broker::TopologyCommandBody command, bool nowait, TopologyContinuation then);
    // `command` is one with a ticket, which is filled in.
    template <typename Command>
    void ask(const broker::QueueAddress& queue, Command command, QueueContinuation then) {
        command.ticket = await<broker::QueueReplyBody>(std::move(then));
        const auto* in = publishes_deduplicated_ ? vhost() : nullptr;
        if (in != nullptr)
            shard().send_behind(*in, queue, std::move(command));
        else
            shard().send(queue, std::move(command));
    }
    void ask_reply_consumer(const broker::ConsumerId& consumer, std::string address,
                            QueueContinuation then);
    void request_admission(ChannelId channel, AdmissionContinuation then);
    // tx.commit: goes on, with whether all were accepted, once no message of the channel waits for
    // a queue.
    void await_confirms(Channel& channel, ConfirmsContinuation then);
    bool waiting() const { return !questions_.empty(); }
    // For a method that must not overtake the answers that are due, or depends on them. True: it is
    // handled once more when they have been given, and has to do nothing now.
    bool comes_again() {
        if (joining_ == Joining::no) return false;
        joining_ = Joining::comes_again;
        return true;
    }
    // What comes next may depend on the answer to the last question: nothing joins the run.
    void end_run() { run_open_ = false; }

    // Closes the channel or the connection, as the code demands, and logs it.
    void raise(ChannelId channel, const amqp091::AmqpError& error);
    // Never used again on this connection: deliveries to a consumer of a closed channel find
    // nobody.
    std::uint32_t next_consumer_number() { return ++consumers_made_; }
    void owns_exclusive_queues() { owns_exclusive_queues_ = true; }
    // What is asked of queues from now on must not overtake what was published by way of the shard
    // that knows duplicates.
    void publishes_deduplicated() { publishes_deduplicated_ = true; }
    // There is room for what deliveries will bring.
    bool has_room() {
        if (output_.size() <= limits::output_bytes_high) return true;
        waits_for_room_ = true;
        return false;
    }
    // A message that it has published goes to so many queues.
    void note_copies(std::size_t queues) { copies_ += queues; }
    // Enough for this turn: the rest of the input waits, so that others get theirs.
    bool rests() const { return copies_ >= limits::copies_per_input; }
    // What it publishes goes to a queue whose consumers are behind: its next input is to be short.
    void note_crowd(broker::Crowding crowding, std::size_t body_bytes) {
        crowding_ = std::max(crowding_, crowding);
        read_bytes_max_ = std::clamp(body_bytes * limits::crowded_read_messages,
                                     limits::crowded_read_bytes_min, limits::read_buffer_bytes);
    }
    // A publish has come. While a resource alarm is on, the first one gets the connection held back
    // and told, as in RabbitMQ: who only consumes, or published before, is left alone.
    void note_publish() {
        publishes_ = true;
        if (!held_by_alarm_ && !context_.blocked_reason.empty()) hold_for_alarm();
    }
    // A channel's content is not complete and refers to the bytes now being read.
    void note_incomplete_content(Channel& channel) { incomplete_.push_back(&channel); }
    // The channel is closed and its number free again.
    void remove_channel(ChannelId channel);

private:
    friend class Handshake;

    template <typename Answer>
    broker::RequestTicket await(OpenQuestions::Continuation<Answer> then) {
        return {id_, questions_.ask<Answer>(asker_, std::move(then))};
    }
    // connection_questions.cpp
    bool may_join_run(const amqp091::FrameStep& step) const;
    std::size_t join_run(ByteView input);
    void send_run();
    void on_queue_reply(std::uint32_t number, broker::QueueReplyBody body);
    void on_late_acknowledgement(const broker::AckTimedOut& late);
    template <typename Answer>
    void answer(std::uint32_t number, Answer answer);

    // connection.cpp
    std::size_t read_protocol_header(ByteView input);
    std::size_t repeat_publishes(ByteView input);
    void on_frame(const amqp091::Frame& frame);
    void on_connection_method(ByteView payload);
    amqp091::AmqpError unexpected_connection_method(amqp091::MethodId method) const;
    Handled update_secret();
    void on_channel_frame(const amqp091::Frame& frame);
    // connection_body.cpp
    std::size_t begin_partial_body(ByteView input);
    std::size_t take_partial_body(ByteView input);
    bool end_partial_body(std::byte end_octet);
    ContentAssembler* partial_assembler() const;
    void on_closing_channel(ChannelId channel, amqp091::MethodId method);
    void open_channel(ChannelId channel);
    Channel* find_channel(ChannelId channel) const;
    void hold_for_alarm();
    void finish_commit(Channel& channel);

    // connection_close.cpp
    void close_for(const amqp091::AmqpError& error, ChannelId channel);
    void start_closing(const amqp091::AmqpError& error);
    void on_client_close();
    // Gives everything back: consumers, unacknowledged messages, exclusive queues, admission. The
    // ticket is answered when the exclusive queues are gone.
    void release_all(const broker::RequestTicket& queues_gone = {});
    void finish();
    // `how` is empty for an orderly close.
    void log_closed(std::string_view how);
    std::string log_id() const;
    // connection_reports.cpp
    ConnectionState shown_state() const;

    ShardBound home_;
    ConnectionId id_;
    const SessionContext& context_;
    auth::Peer peer_;
    const std::shared_ptr<ConnectionFacts> facts_;  // changes no more once it is open
    ConnectionHost& host_;
    Instant opened_;
    broker::ActorRef actor_;  // null until somebody wants to know

    State state_ = State::handshaking;
    bool protocol_known_ = false;
    bool opened_by_client_ = false;  // connection.open-ok was sent
    bool owns_exclusive_queues_ = false;
    bool publishes_ = false;
    bool publishes_deduplicated_ = false;
    bool held_by_alarm_ = false;  // until all alarms are off
    bool waits_for_room_ = false;
    bool released_ = false;
    bool close_logged_ = false;
    broker::Crowding crowding_ = broker::Crowding::none;
    Instant closing_since_;

    // A frame of a large body whose payload goes to its place while it comes.
    struct PartialBody {
        ChannelId channel;
        std::uint32_t payload_bytes = 0;
        std::uint32_t bytes_left = 0;  // then the end octet is due
    };

    amqp091::FrameReader reader_;
    std::size_t read_bytes_max_ = limits::read_buffer_bytes;
    std::size_t copies_ = 0;  // of this input's messages
    std::optional<PartialBody> partial_body_;
    Handshake handshake_;
    OutputBuffer output_;
    std::vector<Channel*> incomplete_;                // with content that refers to the read buffer
    std::vector<std::unique_ptr<Channel>> channels_;  // by number; [0] is unused
    std::uint16_t channel_count_ = 0;
    std::uint32_t channels_opened_ = 0;
    std::uint32_t consumers_made_ = 0;
    OpenQuestions questions_;
    Asker asker_;  // of the method that is being handled, or of the question that is answered
    broker::TopologyRun run_;   // changes of the input being read
    bool run_open_ = false;     // while it is read, unless end_run()
    bool run_removes_ = false;  // something that run_ names may be gone
    enum class Joining : std::uint8_t { no, yes, comes_again };
    Joining joining_ = Joining::no;  // the run, by what is being handled
};

}  // namespace warren::session
