#include <algorithm>

#include "broker/queue/queue_model.h"

namespace warren::broker::testing {

void QueueModel::publish(const std::string& body, const MessageTraits& traits,
                         std::uint64_t sequence) {
    const std::string ticket = "confirm " + std::to_string(sequence);
    if (leaving_) return say(ticket + " ack");
    ModelMessage message;
    message.body = body;
    message.level = std::min(traits.priority, settings_.priority_max);
    message.kept = has_log_ && settings_.durable && traits.persistent;
    if (settings_.overflow != Overflow::drop_head && exceeded(1, body.size())) {
        catch_up();
        if (exceeded(1, body.size())) {
            if (settings_.overflow == Overflow::reject_publish_dlx)
                die(message, DeathReason::maxlen);
            return say(ticket + " nack");
        }
    }
    const std::uint64_t ttl =
        std::min(traits.expiration_ms, settings_.message_ttl_ms.value_or(UINT64_MAX));
    if (ttl != UINT64_MAX) message.deadline = now.plus_ms(static_cast<std::int64_t>(ttl));
    message.position = next_position_++;
    ready_.push_back(message);
    say(ticket + (message.kept ? " ack when logged" : " ack"));
    if (!exceeded(0, 0)) return;
    catch_up();
    drop_excess();
}

void QueueModel::consume(const ConsumerSpec& spec) {
    const bool beside_exclusive =
        std::any_of(consumers_.begin(), consumers_.end(),
                    [](const auto& one) { return one.second.spec.exclusive; });
    if (leaving_) return say("reply refused 0");
    if (beside_exclusive ||
        (spec.exclusive && (!consumers_.empty() || settings_.single_active_consumer)))
        return say("reply refused 1");
    catch_up();
    ModelConsumer& consumer = consumers_[spec.id];
    consumer.spec = spec;
    consumer.order = ++joined_;
    consumer.active = !settings_.single_active_consumer;
    if (settings_.single_active_consumer) activate_next();
    relist(spec.id);
    say("reply consume-ok");
}

// Somebody is active already, or the best of those that wait becomes so.
void QueueModel::activate_next() {
    ModelConsumer* next = nullptr;
    for (auto& [id, consumer] : consumers_) {
        if (consumer.active) return;
        if (next == nullptr || std::pair(-consumer.spec.priority, consumer.order) <
                                   std::pair(-next->spec.priority, next->order))
            next = &consumer;
    }
    if (next == nullptr) return;
    next->active = true;
    relist(next->spec.id);
}

void QueueModel::drop_consumer(const ConsumerId& id) {
    std::erase(line_, id);
    consumers_.erase(id);
    if (settings_.single_active_consumer) activate_next();
}

void QueueModel::consumer_left() {
    if (leaving_ || !consumers_.empty()) return;
    if (settings_.auto_delete && joined_ != 0) {
        leaving_ = true;
        return say("delete " + std::to_string(ready_.size()));
    }
    last_use_ = now;
}

void QueueModel::cancel(const ConsumerId& id) {
    const auto consumer = consumers_.find(id);
    if (consumer == consumers_.end()) return;
    if (consumer->second.grants != 0)
        say("grants returned " + words(id) + " " + std::to_string(consumer->second.grants));
    drop_consumer(id);
    consumer_left();
}

void QueueModel::settle(const Settle& command) {
    std::vector<std::uint64_t> indices;
    for (const auto& [index, entry] : unacked_)
        if (index >= command.first.value && index <= command.last.value) indices.push_back(index);
    if (command.settlement == Settlement::requeue) return requeue(indices);
    for (const std::uint64_t index : indices) {
        const ModelUnacked entry = unacked_[index];
        unacked_.erase(index);
        if (command.settlement == Settlement::reject) die(entry.message, DeathReason::rejected);
        if (consumers_.count(entry.holder) != 0 && consumers_[entry.holder].spec.prefetch != 0)
            relist(entry.holder);
    }
}

void QueueModel::requeue(const std::vector<std::uint64_t>& indices) {
    // Delivering first what waits shows only where limits or deadlines are looked at afterwards.
    const bool deadlines = std::any_of(ready_.begin(), ready_.end(), [](const auto& message) {
        return message.deadline != Instant::never();
    });
    if (settings_.length_max || settings_.length_bytes_max || deadlines) catch_up();
    for (const std::uint64_t index : indices) {
        ModelUnacked entry = unacked_[index];
        unacked_.erase(index);
        entry.message.redelivered = true;
        ready_.push_back(entry.message);
        if (consumers_.count(entry.holder) != 0 && consumers_[entry.holder].spec.prefetch != 0)
            relist(entry.holder);
    }
    drop_excess();
    expire(now);
}

void QueueModel::requeue_channel(ConnectionId connection, ChannelId channel) {
    std::vector<std::uint64_t> indices;
    for (const auto& [index, entry] : unacked_)
        if (entry.holder.connection == connection && entry.holder.channel == channel)
            indices.push_back(index);
    if (!indices.empty()) requeue(indices);
}

void QueueModel::credit(const Credit& command) {
    const auto consumer = consumers_.find(command.consumer);
    if (consumer == consumers_.end()) return;
    consumer->second.passing_messages -= command.messages;
    consumer->second.passing_bytes -= command.bytes;
    relist(command.consumer);
}

void QueueModel::grant(const Grant& command) {
    const auto consumer = consumers_.find(command.consumer);
    if (consumer == consumers_.end() || leaving_)
        return say("grants returned " + words(command.consumer) + " " +
                   std::to_string(command.messages));
    consumer->second.grants += command.messages;
    consumer->second.asked = false;
}

void QueueModel::get(const ConsumerId& holder, bool auto_ack) {
    if (leaving_) return say("reply refused 0");
    last_use_ = now;
    catch_up();
    if (ready_.empty()) return say("reply empty");
    const ModelMessage message = *front();
    ready_.erase(front());
    hand_out(message, holder, auto_ack);
    say("reply got " + message.body + (message.redelivered ? "*" : "") + " left " +
        std::to_string(ready_.size()));
}

void QueueModel::purge() {
    if (leaving_) return say("reply refused 0");
    catch_up();
    say("reply purged " + std::to_string(ready_.size()));
    ready_.clear();
}

void QueueModel::remove(bool if_unused, bool if_empty) {
    if (leaving_) return say("reply deleted 0");
    catch_up();
    if (if_empty && !ready_.empty()) return say("reply refused 3");
    if (if_unused && !consumers_.empty()) return say("reply refused 2");
    leaving_ = true;
    say("delete " + std::to_string(ready_.size()));
}

void QueueModel::inspect(bool counts_as_use) {
    if (leaving_) return say("reply refused 0");
    if (counts_as_use) last_use_ = now;
    catch_up();
    say("reply counts " + std::to_string(ready_.size()) + " " + std::to_string(consumers_.size()));
}

void QueueModel::release(ConnectionId connection, ChannelId channel) {
    const auto here = [&](const ConsumerId& id) {
        return id.connection == connection && id.channel == channel;
    };
    bool known = std::any_of(unacked_.begin(), unacked_.end(),
                             [&](const auto& one) { return here(one.second.holder); });
    std::vector<ConsumerId> leavers;
    for (const auto& [id, consumer] : consumers_)
        if (here(id)) leavers.push_back(id);
    if (leavers.empty() && !known) return;
    for (const ConsumerId& id : leavers)
        drop_consumer(id);
    requeue_channel(connection, channel);
    consumer_left();
}

void QueueModel::recover(ConnectionId connection, ChannelId channel) {
    requeue_channel(connection, channel);
}

void QueueModel::restart(const std::set<std::uint64_t>& positions, std::uint64_t last_position,
                         std::uint64_t delivered_through, std::int64_t clock_jump_ms) {
    std::vector<ModelMessage> left;
    for (ModelMessage message : messages()) {
        if (positions.count(message.position) == 0) continue;
        message.redelivered = message.position <= delivered_through;
        if (message.deadline != Instant::never())
            message.deadline = message.deadline.plus_ms(clock_jump_ms);
        left.push_back(std::move(message));
    }
    *this = QueueModel(settings_, has_log_, now.plus_ms(clock_jump_ms));
    ready_ = std::move(left);
    next_position_ = last_position + 1;
    redelivered_through_ = delivered_through;
    drop_excess();
}

void QueueModel::update_settings(QueueSettings settings) {
    catch_up();
    settings_ = std::move(settings);
    last_use_ = now;
    drop_excess();
}

}  // namespace warren::broker::testing
