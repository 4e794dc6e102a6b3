#include "session/channel.h"

#include <fmt/format.h>

#include <algorithm>

#include "session/dispatch.h"
#include "session/session_events.h"

namespace warren::session {

using amqp091::AmqpError;
using amqp091::ReplyCode;

namespace {

// A frame that does not fit what the channel waits for (RabbitMQ's command assembler).
AmqpError unexpected_frame(ContentAssembler::State state) {
    switch (state) {
        case ContentAssembler::State::awaiting_header:
            return error_of(
                amqp091::MethodId::basic_publish, ReplyCode::unexpected_frame,
                "expected content header for class 60, got non content header frame instead");
        case ContentAssembler::State::awaiting_body:
            return error_of(amqp091::MethodId::basic_publish, ReplyCode::unexpected_frame,
                            "expected content body, got non content body frame instead");
        default:
            return {ReplyCode::unexpected_frame,
                    "expected method frame, got non method frame instead", 0, 0};
    }
}

}  // namespace

Channel::Channel(Connection& connection, ChannelId id, std::uint32_t incarnation)
    : connection_(connection),
      id_(id),
      incarnation_(incarnation),
      traffic_(connection.context()),
      publisher_(*this) {}

Handled Channel::on_method(amqp091::MethodId method, ByteView arguments) {
    auto& assembler = publisher_.assembler();
    if (assembler.active()) {
        const auto state = assembler.state();
        assembler.reset();
        return fail(unexpected_frame(state));
    }
    current_method_ = method;
    return dispatch(*this, method, arguments);
}

Handled Channel::on_header(ByteView payload) {
    auto& assembler = publisher_.assembler();
    if (assembler.state() != ContentAssembler::State::awaiting_header)
        return fail(unexpected_frame(assembler.state()));
    if (auto taken = assembler.on_header(payload, connection_.settings().message_bytes_max);
        !taken) {
        assembler.reset();
        return taken;
    }
    if (assembler.complete()) return finish_content();
    connection_.note_incomplete_content(*this);
    return {};
}

Handled Channel::on_body(ByteView payload) {
    auto& assembler = publisher_.assembler();
    if (assembler.state() != ContentAssembler::State::awaiting_body)
        return fail(unexpected_frame(assembler.state()));
    if (auto taken = assembler.on_body(payload); !taken) {
        assembler.reset();
        return taken;
    }
    if (assembler.complete()) return finish_content();
    connection_.note_incomplete_content(*this);
    return {};
}

Handled Channel::on_body_end() {
    auto& assembler = publisher_.assembler();
    assembler.end_part();
    return assembler.complete() ? finish_content() : Handled{};
}

std::size_t Channel::repeat_publishes(ByteView input) {
    if (publisher_.assembler().active()) return 0;
    const std::size_t used = publisher_.repeat(input);
    if (used != 0) current_method_ = amqp091::MethodId::basic_publish;
    return used;
}

Handled Channel::finish_content() {
    auto published = publisher_.publish();
    if (!published) publisher_.assembler().reset();
    return published;
}

void Channel::raise(AmqpError error) {
    if (!open_) return;
    blame(error, current_method_);
    connection_.raise(id_, error);
}

// ---- consumers
// ------------------------------------------------------------------------------------------------------

const ChannelConsumer* Channel::find_consumer(std::string_view tag) const {
    for (const auto& [number, consumer] : consumers_)
        if (consumer.tag == tag) return &consumer;
    return nullptr;
}

bool Channel::consumer_tag_taken(std::string_view tag) const {
    return find_consumer(tag) != nullptr || (reply_consumer && reply_consumer->tag == tag);
}

broker::ConsumerId Channel::consumer_id(std::uint32_t number) const {
    return {connection_.id(), id_, number};
}

broker::ConsumerId Channel::next_consumer_id() {
    return consumer_id(connection_.next_consumer_number());
}

void Channel::add_consumer(std::uint32_t number, ChannelConsumer consumer) {
    queues_used_.insert(consumer.queue);
    consumers_.emplace(number, std::move(consumer));
}

void Channel::cancel_consumer(std::string_view tag, std::move_only_function<void()> then) {
    if (reply_consumer && reply_consumer->tag == tag) reply_consumer.reset();
    const auto found = std::ranges::find_if(
        consumers_, [tag](const auto& entry) { return entry.second.tag == tag; });
    if (found == consumers_.end()) {
        then();
        return;
    }
    const auto queue = found->second.queue;
    const auto number = found->first;
    // What is settled before the cancel must reach the queue before it.
    flush_settlements();
    shard().send(queue, broker::Cancel{consumer_id(number)});
    // The answer comes behind all that the queue delivered before it heard of the cancel.
    connection_.ask(queue, broker::Inspect{{}, false},
                    [this, number, then = std::move(then)](const broker::QueueReplyBody&) mutable {
                        if (const auto gone = consumers_.extract(number))
                            tell_consumer_deleted(*this, gone.mapped());
                        then();
                    });
}

void Channel::on_consumer_cancelled(const broker::ConsumerId& id) {
    const auto found = consumers_.find(id.number);
    if (found == consumers_.end()) return;
    tell_consumer_deleted(*this, found->second);
    cancelled_.push_back(std::move(found->second.tag));
    consumers_.erase(found);
    connection_.request_attention();
}

// A client that deletes a queue hears that it is deleted before it hears that its consumers are
// cancelled.
void Channel::send_cancel_notices() {
    if (cancelled_.empty() || connection_.waiting()) return;
    for (const auto& tag : cancelled_)
        if (connection_.client_can("consumer_cancel_notify"))
            send(amqp091::BasicCancel{.consumer_tag = tag, .nowait = true});
    cancelled_.clear();
}

// ---- settling
// -------------------------------------------------------------------------------------------------------

DeliveryTag Channel::add_delivery(const UnackedDelivery& unacked) {
    if (unacked.vacant()) return {unacked_.skip()};
    return {unacked_.push_back(unacked)};
}

void Channel::settle_now(const UnackedDelivery& delivery, broker::Settlement settlement) {
    settlements_.add(shard(), traffic_, delivery, settlement);
    if (delivery.granted) prefetch_limit_.settled();
    connection_.request_attention();
}

Handled Channel::settle(DeliveryTag tag, bool multiple, broker::Settlement settlement) {
    const bool all = multiple && tag.value == 0;
    if (!all && unacked_.find(tag.value) == nullptr)
        return fail(AmqpError{ReplyCode::precondition_failed,
                              fmt::format("unknown delivery tag {}", tag.value), 0, 0});
    const auto take = [&](std::uint64_t key) {
        const UnackedDelivery delivery = unacked_.take(key);
        if (transaction_)
            transaction_->settlements.push_back({delivery, {key}, settlement});
        else
            settle_now(delivery, settlement);
    };
    if (!multiple) {
        take(tag.value);
        return {};
    }
    while (!unacked_.empty() && (all || unacked_.first_key() <= tag.value))
        take(unacked_.first_key());
    return {};
}

void Channel::restore_unacked(DeliveryTag tag, const UnackedDelivery& delivery) {
    unacked_.restore(tag.value, delivery);
}

void Channel::requeue_all() {
    flush_settlements();
    unacked_.for_each([&](std::uint64_t, UnackedDelivery& delivery) {
        if (delivery.granted) prefetch_limit_.settled();
    });
    const auto next = unacked_.next_key();
    unacked_ = SlidingMap<UnackedDelivery>(next);
    for (const auto& queue : queues_used_)
        shard().send(queue, broker::Recover{connection_.id(), id_});
}

void Channel::flush() {
    flush_settlements();
    send_cancel_notices();
    publisher_.flush_confirms();
    prefetch_limit_.serve(shard());
    std::erase_if(credit_due_, [this](std::uint32_t number) {
        const auto found = consumers_.find(number);
        return found == consumers_.end() || !still_owes_credit(number, found->second);
    });
}

void Channel::release() {
    if (!open_) return;
    open_ = false;
    publisher_.assembler().reset();
    flush_settlements();
    for (const auto& [number, consumer] : consumers_)
        tell_consumer_deleted(*this, consumer);
    tell_channel_closed(*this);
    consumers_.clear();
    reply_consumer.reset();
    transaction_.reset();
    unacked_ = SlidingMap<UnackedDelivery>();
    for (const auto& queue : queues_used_)
        shard().send(queue, broker::Release{connection_.id(), id_});
    queues_used_.clear();
}

}  // namespace warren::session
