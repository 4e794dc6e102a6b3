// The delivering side of a channel: from a queue's batch to frames in the connection's output.
#include <algorithm>

#include "amqp091/frame_writer.h"
#include "base/limits.h"
#include "session/channel.h"

namespace warren::session {

namespace {

SliceOwner keep_alive(broker::MessageRef message) {
    return {const_cast<broker::Message*>(message.detach()),
            [](void* object) { broker::MessageRef(static_cast<const broker::Message*>(object)); }};
}

// Writes a body by reference: frame starts are copied, the bytes between stay where they are until
// the socket has taken them. The last slice keeps the message for all of them.
void append_body_slices(OutputBuffer& output, ChannelId channel, const broker::MessageRef& message,
                        std::uint32_t frame_bytes_max) {
    const std::size_t slice_max = amqp091::body_frame_payload_max(frame_bytes_max);
    ByteView rest = message->body();
    std::byte* start = output.reserve(amqp091::body_start_bytes);
    amqp091::write_body_start(start, channel, std::min(rest.size(), slice_max));
    output.commit(amqp091::body_start_bytes);
    while (rest.size() > slice_max) {
        output.append_slice(rest.first(slice_max), {});
        rest = rest.subspan(slice_max);
        std::byte* seam = output.reserve(amqp091::body_seam_bytes);
        amqp091::write_body_seam(seam, channel, std::min(rest.size(), slice_max));
        output.commit(amqp091::body_seam_bytes);
    }
    output.append_slice(rest, keep_alive(message.share()));
    amqp091::write_body_end(output.reserve(amqp091::body_end_bytes));
    output.commit(amqp091::body_end_bytes);
}

}  // namespace

void Channel::on_deliver(const broker::ConsumerId& id, std::span<broker::Delivery> deliveries) {
    const auto found = consumers_.find(id.number);
    // The channel has been released; with it, what was on its way goes back to its place in the
    // queue.
    if (found == consumers_.end()) return;
    ChannelConsumer& consumer = found->second;
    std::uint64_t redelivered = 0;
    const std::uint32_t now_s = UnackedDelivery::seconds_of(shard().now().instant);
    const bool may_be_traced = this->may_be_traced();
    for (const auto& delivery : deliveries) {
        UnackedDelivery unacked;
        if (!consumer.auto_ack)
            unacked = {consumer.queue.queue, delivery.index,        consumer.queue.shard,
                       consumer.queue_type,  consumer.shared_limit, now_s};
        const DeliveryTag tag = add_delivery(unacked);
        if (consumer.shared_limit) prefetch_limit_.delivered(!consumer.auto_ack);
        deliver_one(consumer, delivery, tag);
        redelivered += delivery.redelivered ? 1 : 0;
        if (may_be_traced) trace_delivery(consumer.queue, delivery);
        consumer.uncredited_bytes += static_cast<std::uint32_t>(
            std::min<std::uint64_t>(delivery.message->body_bytes(), UINT32_MAX / 2));
    }
    traffic_.count_delivered(
        consumer.queue.queue, consumer.queue_type,
        consumer.auto_ack ? &DeliveryCounters::delivered_auto_ack : &DeliveryCounters::delivered,
        deliveries.size(), redelivered);
    if (!std::exchange(consumer.credit_due, true)) credit_due_.push_back(id.number);
    consumer.uncredited_messages += static_cast<std::uint32_t>(deliveries.size());
    connection_.request_attention();
}

void Channel::deliver_one(const ChannelConsumer& consumer, const broker::Delivery& delivery,
                          DeliveryTag tag) {
    const broker::Message& message = *delivery.message;
    const amqp091::DeliveryFrames frames{.channel = id_,
                                         .consumer_tag = consumer.tag,
                                         .delivery_tag = tag,
                                         .redelivered = delivery.redelivered,
                                         .address = message.address(),
                                         .header = message.header()};
    OutputBuffer& output = connection_.output();
    const std::uint32_t frame_bytes_max = connection_.frame_bytes_max();
    if (message.body_is_inline()) {
        const ByteView body = message.body();
        const std::size_t bytes = amqp091::delivery_bytes(frames, body.size(), frame_bytes_max);
        amqp091::write_delivery(output.reserve(bytes), frames, body, frame_bytes_max);
        output.commit(bytes);
        return;
    }
    const std::size_t head_bytes = amqp091::delivery_head_bytes(frames);
    amqp091::write_delivery_head(output.reserve(head_bytes), frames);
    output.commit(head_bytes);
    append_body_slices(output, id_, delivery.message, frame_bytes_max);
}

void Channel::send_content(const broker::MessageRef& message) {
    if (!open_) return;
    OutputBuffer& output = connection_.output();
    std::string head;
    amqp091::append_content_header(head, id_, message->header());
    if (message->body_is_inline())
        amqp091::append_body(head, id_, message->body(), connection_.frame_bytes_max());
    output.append(as_bytes(head));
    if (!message->body_is_inline())
        append_body_slices(output, id_, message, connection_.frame_bytes_max());
    connection_.request_attention();
}

void Channel::on_direct_reply(const broker::MessageRef& message) {
    if (!open_ || !reply_consumer || message->routing_key() != reply_consumer->routing_key) return;
    const DeliveryTag tag = add_delivery({});
    ChannelConsumer consumer;
    consumer.tag = reply_consumer->tag;
    const broker::Delivery delivery{{}, message.share(), false};
    deliver_one(consumer, delivery, tag);
    traffic_.count_delivered({}, consumer.queue_type, &DeliveryCounters::delivered_auto_ack, 1);
    if (may_be_traced()) trace_delivery(reply_consumer->routing_key, delivery);
    connection_.request_attention();
}

void Channel::on_confirm(const broker::Confirm& confirm) {
    if (auto* window = publisher_.window()) {
        window->settle(confirm.first.sequence, confirm.last, confirm.accepted);
        connection_.request_attention();
    }
}

void Channel::on_grant_wanted(const broker::GrantWanted& wanted) {
    const auto found = consumers_.find(wanted.consumer.number);
    if (found == consumers_.end()) return;
    prefetch_limit_.want(wanted, found->second.queue.shard);
    connection_.request_attention();
}

void Channel::on_grant_returned(const broker::GrantReturned& returned) {
    prefetch_limit_.give_back(returned.messages);
    connection_.request_attention();
}

// Credit goes back in halves of the window, and only while the socket keeps up.
bool Channel::still_owes_credit(std::uint32_t number, ChannelConsumer& consumer) {
    const bool due = consumer.uncredited_messages >= limits::delivery_window_messages / 2 ||
                     consumer.uncredited_bytes >= limits::delivery_window_bytes / 2;
    if (due && !connection_.has_room()) return true;
    consumer.credit_due = false;
    if (!due) return false;
    shard().send(consumer.queue,
                 broker::Credit{consumer_id(number), std::exchange(consumer.uncredited_messages, 0),
                                std::exchange(consumer.uncredited_bytes, 0)});
    return false;
}

}  // namespace warren::session
