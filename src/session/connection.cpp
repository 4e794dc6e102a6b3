#include "session/connection.h"

#include <fmt/format.h>

#include "amqp091/protocol_header.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/log.h"
#include "broker/topology/topology.h"
#include "session/channel.h"
#include "session/session_events.h"

namespace warren::session {

using amqp091::AmqpError;
using amqp091::Frame;
using amqp091::FrameStep;
using amqp091::FrameType;
using amqp091::MethodId;
using amqp091::ReplyCode;

Connection::Connection(ConnectionId id, const SessionContext& context, auth::Peer peer,
                       Endpoints endpoints, ConnectionHost& host,
                       std::unique_ptr<const TlsFacts> tls)
    : id_(id),
      context_(context),
      peer_(std::move(peer)),
      facts_(std::make_shared<ConnectionFacts>()),
      host_(host),
      opened_(context.shard.now().instant),
      reader_(std::max(context.settings.frame_bytes_max, limits::handshake_frame_bytes_max)),
      handshake_(*this) {
    facts_->id = id;
    facts_->endpoints = std::move(endpoints);
    facts_->tls = std::move(tls);
    facts_->accepted = context.shard.now().wall;
    const log::OriginScope origin(id_);
    log::info(log::connection, "accepting AMQP connection {}", facts_->endpoints.name());
}

Connection::~Connection() {
    release_all();
}

const broker::Vhost* Connection::vhost() const {
    return shard().topology().find_vhost(vhost_name());
}

bool Connection::client_can(std::string_view capability) const {
    return handshake_.client_can(capability);
}

// ---- input
// ----------------------------------------------------------------------------------------------------------

std::size_t Connection::on_bytes(ByteView input) {
    ENSURE(home_.is_here());
    const log::OriginScope origin(id_);
    read_bytes_max_ = limits::read_buffer_bytes;
    crowding_ = broker::Crowding::none;
    copies_ = 0;
    run_open_ = !waiting();
    std::size_t used = protocol_known_ ? 0 : read_protocol_header(input);
    if (partial_body_) used = take_partial_body(input);
    while (protocol_known_ && state_ != State::finished && !rests()) {
        if (waiting()) [[unlikely]] {
            const std::size_t joined = join_run(input.subspan(used));
            if (joined == 0) break;
            used += joined;
            continue;
        }
        if (const std::size_t repeated = repeat_publishes(input.subspan(used)); repeated != 0) {
            used += repeated;
            continue;
        }
        const FrameStep step = reader_.next(input.subspan(used));
        if (step.kind == FrameStep::Kind::need_more) {
            used += begin_partial_body(input.subspan(used));
            break;
        }
        if (step.kind == FrameStep::Kind::fault) {
            close_for(reader_.fault_of(input.subspan(used)).to_error(), {});
            // What follows cannot be read; a close-ok in it neither.
            used = input.size();
            break;
        }
        on_frame(step.frame);
        used += step.frame.total_bytes();
    }
    run_open_ = false;
    send_run();
    if (state_ == State::finished) used = input.size();
    for (Channel* channel : std::exchange(incomplete_, {}))
        channel->publisher().assembler().keep();
    return used;
}

std::size_t Connection::repeat_publishes(ByteView input) {
    if (state_ != State::running || input.size() < amqp091::frame_start_bytes ||
        FrameType{std::to_integer<std::uint8_t>(input[0])} != FrameType::method)
        return 0;
    const ChannelId id{load_big_endian<std::uint16_t>(input.data() + 1)};
    Channel* const channel = find_channel(id);
    if (channel == nullptr || !channel->open()) return 0;
    const log::OriginScope origin(id_, id);
    return channel->repeat_publishes(input);
}

bool Connection::wants_input() const {
    if (state_ == State::finished || waiting() || rests()) return false;
    if (output_.size() > limits::output_bytes_high) return false;
    const bool held_back = held_by_alarm_ || (publishes_ && shard().congested());
    return !held_back || state_ != State::running;
}

std::size_t Connection::read_protocol_header(ByteView input) {
    const auto protocol = amqp091::recognise_protocol(input);
    if (protocol == amqp091::ProtocolHeader::incomplete) return 0;
    if (protocol == amqp091::ProtocolHeader::amqp_0_9_1) {
        protocol_known_ = true;
        handshake_.begin();
        return amqp091::protocol_header_bytes;
    }
    const ByteView header = input.first(std::min(input.size(), amqp091::protocol_header_bytes));
    if (protocol == amqp091::ProtocolHeader::tls_hello)
        log::error(log::connection,
                   "closing AMQP connection ({}): TLS client detected on a plain AMQP port",
                   endpoints().name());
    else if (protocol == amqp091::ProtocolHeader::http_request)
        log::error(log::connection,
                   "closing AMQP connection ({}): HTTP GET request detected on an AMQP port",
                   endpoints().name());
    else
        log::error(log::connection, "closing AMQP connection ({}): bad protocol header '{}'",
                   endpoints().name(), as_text(header));
    close_logged_ = true;
    output_.append(as_bytes(std::string_view("AMQP\0\0\x9\1", 8)));
    finish();
    return input.size();
}

void Connection::on_frame(const Frame& frame) {
    if (frame.type == FrameType::heartbeat) {
        if (frame.channel.value != 0) close_for(amqp091::unexpected_frame_error(frame), {});
        return;
    }
    if (frame.channel.value != 0) {
        on_channel_frame(frame);
        return;
    }
    if (frame.type != FrameType::method) {
        close_for(amqp091::unexpected_frame_error(frame), {});
        return;
    }
    on_connection_method(frame.payload);
}

void Connection::on_connection_method(ByteView payload) {
    const MethodId method = method_of(payload);
    const ByteView arguments = payload.subspan(4);
    Handled handled;
    if (method == MethodId::connection_close) {
        on_client_close();
    } else if (method == MethodId::connection_close_ok && state_ == State::closing) {
        finish();
    } else if (state_ == State::closing) {
        return;
    } else if (state_ == State::handshaking) {
        handled = handshake_.on_method(method, arguments);
    } else if (method == MethodId::connection_update_secret) {
        handled = decode_and<amqp091::ConnectionUpdateSecret>(
            arguments, [this](const auto&) { return update_secret(); });
    } else {
        handled = fail(unexpected_connection_method(method));
    }
    if (!handled) close_for(handled.error(), {});
}

AmqpError Connection::unexpected_connection_method(MethodId method) const {
    if (amqp091::method_name(method).empty())
        return error_of(method, ReplyCode::command_invalid, "unknown method");
    return error_of(method, ReplyCode::channel_error,
                    "unexpected method in connection state running");
}

Handled Connection::update_secret() {
    handshake_.note_new_secret();
    for (auto& channel : channels_)
        if (channel) channel->access_cache().clear();
    send_method({}, amqp091::ConnectionUpdateSecretOk{});
    return {};
}

void Connection::on_channel_frame(const Frame& frame) {
    if (state_ == State::closing) return;
    if (state_ == State::handshaking) {
        close_for(amqp091::unexpected_frame_error(frame), frame.channel);
        return;
    }
    Channel* channel = find_channel(frame.channel);
    const MethodId method = frame.type == FrameType::method ? method_of(frame.payload) : MethodId{};
    if (channel == nullptr) {
        if (method == MethodId::channel_open) {
            asker_ = {frame.channel, method};
            open_channel(frame.channel);
            return;
        }
        close_for(error_of(frame.type == FrameType::method ? method : MethodId::basic_publish,
                           ReplyCode::channel_error, "expected 'channel.open'"),
                  frame.channel);
        return;
    }
    if (!channel->open()) {
        on_closing_channel(frame.channel, method);
        return;
    }
    const log::OriginScope origin(id_, frame.channel);
    Handled handled;
    switch (frame.type) {
        case FrameType::method:
            asker_ = {frame.channel, method};
            handled = channel->on_method(method, frame.payload.subspan(4));
            break;
        case FrameType::header:
            handled = channel->on_header(frame.payload);
            break;
        case FrameType::body:
            handled = channel->on_body(frame.payload);
            break;
        case FrameType::heartbeat:
            break;
    }
    // What an error is about may look different once earlier changes are in force, and it must not
    // be told before their answers.
    if (!handled && !comes_again()) raise(frame.channel, handled.error());
}

// After channel.close everything is ignored but the answer, and a close of the client's own.
void Connection::on_closing_channel(ChannelId channel, MethodId method) {
    if (method == MethodId::channel_close)
        send_method(channel, amqp091::ChannelCloseOk{});
    else if (method == MethodId::channel_close_ok)
        remove_channel(channel);
}

// ---- channels
// -------------------------------------------------------------------------------------------------------

Channel* Connection::find_channel(ChannelId channel) const {
    return channel.value < channels_.size() ? channels_[channel.value].get() : nullptr;
}

void Connection::open_channel(ChannelId channel) {
    const std::uint16_t most = facts_->channel_max;
    if (most != 0 && channel_count_ >= most) {
        close_for({ReplyCode::not_allowed,
                   fmt::format("number of channels opened ({}) has reached the negotiated "
                               "channel_max ({})",
                               channel_count_, most),
                   0, 0},
                  channel);
        return;
    }
    request_admission(channel, [this, channel](broker::AdmissionOutcome outcome) {
        if (!outcome) {
            close_for(outcome.error(), channel);
            return;
        }
        if (channels_.size() <= channel.value) channels_.resize(channel.value + 1u);
        channels_[channel.value] = std::make_unique<Channel>(*this, channel, ++channels_opened_);
        ++channel_count_;
        ++context_.traffic.channels_opened;
        send_method(channel, amqp091::ChannelOpenOk{});
        tell_channel_created(*channels_[channel.value]);
    });
}

void Connection::remove_channel(ChannelId channel) {
    auto& slot = channels_[channel.value];
    slot->release();
    std::erase(incomplete_, slot.get());
    slot.reset();
    ++context_.traffic.channels_closed;
    --channel_count_;
    shard().end_admission({id_, channel, identity().username, vhost_name()});
}

// ---- events
// ---------------------------------------------------------------------------------------------------------

void Connection::on_deliver(const broker::ConsumerId& consumer,
                            std::span<broker::Delivery> deliveries) {
    if (Channel* channel = find_channel(consumer.channel))
        channel->on_deliver(consumer, deliveries);
}

void Connection::on_event(broker::QueueEvent event) {
    const log::OriginScope origin(id_);
    const auto with_channel = [this](ChannelId id, auto&& use) {
        if (Channel* channel = find_channel(id); channel != nullptr && channel->open())
            use(*channel);
    };
    if (auto* reply = std::get_if<broker::QueueReply>(&event))
        on_queue_reply(reply->ticket.number, std::move(reply->body));
    else if (auto* confirm = std::get_if<broker::Confirm>(&event))
        with_channel(confirm->first.channel, [&](Channel& channel) {
            channel.on_confirm(*confirm);
            if (questions_.awaits<bool>() && channel.transaction() != nullptr &&
                channel.publisher().window()->idle())
                finish_commit(channel);
        });
    else if (auto* cancelled = std::get_if<broker::ConsumerCancelled>(&event))
        with_channel(cancelled->consumer.channel,
                     [&](Channel& channel) { channel.on_consumer_cancelled(cancelled->consumer); });
    else if (auto* wanted = std::get_if<broker::GrantWanted>(&event))
        with_channel(wanted->consumer.channel,
                     [&](Channel& channel) { channel.on_grant_wanted(*wanted); });
    else if (auto* returned = std::get_if<broker::GrantReturned>(&event))
        with_channel(returned->consumer.channel,
                     [&](Channel& channel) { channel.on_grant_returned(*returned); });
    else if (auto* late = std::get_if<broker::AckTimedOut>(&event))
        on_late_acknowledgement(*late);
}

// RabbitMQ: a quorum queue has taken its messages back. Who can be told so loses the consumer, and
// keeps the channel; the time that it names otherwise is none.
void Connection::on_late_acknowledgement(const broker::AckTimedOut& late) {
    Channel* channel = find_channel(late.consumer.channel);
    if (late.released && late.consumer.number != 0 && channel != nullptr &&
        client_can("consumer_cancel_notify"))
        return channel->on_consumer_cancelled(late.consumer);
    raise(late.consumer.channel,
          {ReplyCode::precondition_failed,
           fmt::format("delivery acknowledgement on channel {} timed out. Timeout value used: "
                       "{} ms. This timeout value can be configured, see consumers doc guide "
                       "to learn more",
                       late.consumer.channel.value,
                       late.released ? "-1" : std::to_string(settings().consumer_timeout_ms)),
           0, 0});
}

void Connection::on_direct_reply(const broker::ConsumerId& consumer,
                                 const broker::MessageRef& message) {
    if (Channel* channel = find_channel(consumer.channel)) channel->on_direct_reply(message);
}

void Connection::on_unroutable(const broker::DeduplicatedPublish::Publisher& publisher,
                               const broker::MessageRef& message) {
    Channel* channel = find_channel(publisher.channel);
    if (channel != nullptr && channel->open() && channel->incarnation() == publisher.incarnation)
        channel->publisher().return_unroutable(message);
}

bool Connection::has_reply_consumer(ChannelId id, std::string_view address) const {
    const Channel* channel = find_channel(id);
    return channel != nullptr && channel->reply_consumer &&
           channel->reply_consumer->routing_key == address;
}

void Connection::end_turn() {
    const log::OriginScope origin(id_);
    waits_for_room_ = false;
    if (rests()) {
        copies_ = 0;
        request_attention();
    }
    for (auto& channel : channels_)
        if (channel && channel->open()) channel->flush();
}

void Connection::hold_for_alarm() {
    held_by_alarm_ = true;
    if (state_ == State::running && client_can("connection.blocked"))
        send_method({}, amqp091::ConnectionBlocked{.reason = context_.blocked_reason});
}

void Connection::on_alarm() {
    if (!context_.blocked_reason.empty()) {
        // A publisher that is not read from, because the disk does not keep up, may not come to
        // publish again. The client hears only of the first alarm and of the end of all.
        if (!held_by_alarm_ && publishes_ && shard().congested()) hold_for_alarm();
        return;
    }
    if (!held_by_alarm_) return;
    held_by_alarm_ = false;
    if (state_ == State::running && client_can("connection.blocked"))
        send_method({}, amqp091::ConnectionUnblocked{});
    request_attention();
}

}  // namespace warren::session
