// How a connection ends: errors, heartbeats missed, the peer's leaving, the node's stopping, and
// what is given back then.
#include <fmt/format.h>

#include "amqp091/frame_writer.h"
#include "amqp091/methods.h"
#include "base/log.h"
#include "session/channel.h"
#include "session/connection.h"
#include "session/session_events.h"

namespace warren::session {

using amqp091::AmqpError;
using amqp091::ReplyCode;

namespace {

// A client that was told to go gets this long for its close-ok; then the socket is cut.
constexpr std::int64_t closing_ms_max = 10'000;

// "queue.declare", or "none" for an error that no method caused.
std::string operation_name(const AmqpError& error) {
    const auto name = amqp091::method_name(error.class_id, error.method_id);
    return name.empty() ? "none" : std::string(name);
}

// RabbitMQ's log writes reply codes in small letters: not_found.
std::string code_word(ReplyCode code) {
    std::string word(amqp091::reply_code_name(code));
    for (char& letter : word)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return word;
}

}  // namespace

void Connection::raise(ChannelId number, const AmqpError& error) {
    Channel* channel = find_channel(number);
    if (number.value == 0 || error.closes_connection() || channel == nullptr) {
        close_for(error, number);
        return;
    }
    log::error(log::channel,
               "Channel error on connection {} ({}, vhost: '{}', user: '{}'), channel {}:\n"
               "operation {} caused a channel exception {}: {}",
               log_id(), endpoints().name(), vhost_name(), identity().username, number.value,
               operation_name(error), code_word(error.code), error.text);
    channel->release();
    const std::string text = error.full_text();
    send_method(number, amqp091::ChannelClose{.reply_code = static_cast<std::uint16_t>(error.code),
                                              .reply_text = text,
                                              .class_id = error.class_id,
                                              .method_id = error.method_id});
}

void Connection::close_for(const AmqpError& error, ChannelId channel) {
    if (state_ == State::closing || state_ == State::finished) return;
    log::error(log::connection,
               "Error on AMQP connection {} ({}, vhost: '{}', user: '{}', state: {}), channel {}:\n"
               "operation {} caused a connection exception {}: {}",
               log_id(), endpoints().name(), vhost_name().empty() ? "none" : vhost_name(),
               identity().username, handshake_.stage_name(), channel.value, operation_name(error),
               code_word(error.code), error.text);
    // Until a client has shown who it is it is told nothing, but for a refused login (RabbitMQ's
    // reader).
    const bool anonymous = state_ == State::handshaking &&
                           handshake_.stage() != Handshake::Stage::opening &&
                           error.code != ReplyCode::access_refused;
    if (anonymous) {
        close_logged_ = true;
        finish();
        return;
    }
    start_closing(error);
}

void Connection::force_close(std::string_view reason) {
    if (state_ == State::closing || state_ == State::finished) return;
    const log::OriginScope origin(id_);
    if (state_ == State::handshaking) {
        finish();
        return;
    }
    log::warning(log::connection, "closing AMQP connection {} ({}): {}", log_id(),
                 endpoints().name(), reason);
    start_closing({ReplyCode::connection_forced, std::string(reason), 0, 0});
}

void Connection::start_closing(const AmqpError& error) {
    const std::string text = error.full_text();
    send_method({}, amqp091::ConnectionClose{.reply_code = static_cast<std::uint16_t>(error.code),
                                             .reply_text = text,
                                             .class_id = error.class_id,
                                             .method_id = error.method_id});
    state_ = State::closing;
    closing_since_ = shard().now().instant;
    questions_.forget_all();
    release_all();
}

Instant Connection::on_tick(Instant last_received, Instant last_sent) {
    const log::OriginScope origin(id_);
    const Instant now = shard().now().instant;
    Instant next = now.plus_ms(closing_ms_max);
    if (state_ == State::closing && now.ms_since(closing_since_) >= closing_ms_max) finish();
    if (state_ == State::handshaking) {
        const std::int64_t most_ms = settings().handshake_timeout_ms;
        if (now.ms_since(opened_) < most_ms) return std::min(next, opened_.plus_ms(most_ms));
        log_closed("the handshake took longer than handshake_timeout");
        finish();
    }
    const std::int64_t interval_ms = std::int64_t{facts_->heartbeat_s} * 1000;
    if (interval_ms == 0 || state_ == State::finished) return next;
    // AMQP 0-9-1, section 4.2.7: dead after two intervals without a byte; we speak up after half of
    // one.
    const Instant dead_at = last_received.plus_ms(2 * interval_ms);
    Instant speak_at = last_sent.plus_ms(interval_ms / 2);
    if (now > dead_at) {
        log::error(log::connection,
                   "closing AMQP connection {} ({}):\nmissed heartbeats from client, timeout: {}s",
                   log_id(), endpoints().name(), facts_->heartbeat_s);
        close_logged_ = true;
        finish();
        return next;
    }
    if (now >= speak_at) {
        std::string heartbeat;
        amqp091::append_heartbeat(heartbeat);
        output_.append(as_bytes(heartbeat));
        request_attention();
        speak_at = now.plus_ms(interval_ms / 2);
    }
    return std::min({next, speak_at, dead_at.plus_ms(1)});
}

void Connection::on_peer_gone(std::string_view how) {
    const log::OriginScope origin(id_);
    if (state_ != State::finished && state_ != State::closing) log_closed(how);
    finish();
}

// It is answered when the connection's exclusive queues are gone, as RabbitMQ does (rabbit_reader):
// the client may declare them anew by its next connection.
void Connection::on_client_close() {
    log_closed("");
    const auto confirm = [this] {
        send_method({}, amqp091::ConnectionCloseOk{});
        finish();
    };
    if (released_ || !owns_exclusive_queues_) return confirm();
    state_ = State::closing;
    closing_since_ = shard().now().instant;
    questions_.forget_all();
    asker_ = {{}, amqp091::MethodId::connection_close};
    release_all(
        await<broker::TopologyOutcome>([confirm](const broker::TopologyOutcome&) { confirm(); }));
}

void Connection::finish() {
    if (state_ == State::finished) return;
    log_closed("");
    state_ = State::finished;
    questions_.forget_all();
    release_all();
    request_attention();
}

void Connection::log_closed(std::string_view how) {
    if (std::exchange(close_logged_, true)) return;
    const auto lasted_ms = shard().now().instant.ms_since(opened_);
    const std::string who =
        vhost_name().empty()
            ? endpoints().name()
            : fmt::format("{}, vhost: '{}', user: '{}'", endpoints().name(),
                          log::escaped(vhost_name()), log::escaped(identity().username));
    if (how.empty())
        log::info(log::connection, "closing AMQP connection ({}, duration: '{}ms')", who,
                  lasted_ms);
    else
        log::warning(log::connection, "closing AMQP connection {} ({}, duration: '{}ms'):\n{}",
                     log_id(), who, lasted_ms, how);
}

std::string Connection::log_id() const {
    return fmt::format("<{}.{}.0>", id_.shard().value, id_.counter());
}

void Connection::release_all(const broker::RequestTicket& queues_gone) {
    if (std::exchange(released_, true)) return;
    if (opened_by_client_) {
        ++context_.traffic.connections_closed;
        context_.vhosts.add_closed(vhost_name(), host_.socket_traffic(), shard().topology());
    }
    context_.traffic.channels_closed += channel_count_;
    for (auto& channel : channels_)
        if (channel) channel->release();
    incomplete_.clear();
    if (protocol_known_) tell_connection_closed(*this);
    send_run();
    if (owns_exclusive_queues_)
        shard().submit({broker::DeleteQueuesOf{id_}}, queues_gone, broker::AnswerWhen::in_force);
    if (!vhost_name().empty()) shard().end_admission({id_, {}, identity().username, vhost_name()});
}

}  // namespace warren::session
