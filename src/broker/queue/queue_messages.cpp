// How messages come to a queue, go back to it and die in it.
#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "broker/queue/queue.h"

namespace warren::broker {

namespace {
// requeue() keeps its working list for the next time up to this many entries.
constexpr std::size_t returning_kept = 1024;
// RabbitMQ takes ten years at most; a hundred are for ever.
constexpr std::uint64_t longest_ttl_ms = 100ull * 365 * 24 * 60 * 60 * 1000;
}  // namespace

void Queue::publish(MessageRef message, const ConfirmTicket& ticket) {
    ENSURE(home_.is_here());
    const std::uint64_t body_bytes = message->body_bytes();
    if (leaving_) [[unlikely]] {
        // As good as deleted: the message would go with the queue in a moment.
        if (ticket) host_.confirm(ticket, ConfirmOutcome::taken);
        return;
    }
    if (quorum_ != nullptr) return publish_to_quorum(std::move(message), ticket);
    if (limits_.any() && refuses(body_bytes)) [[unlikely]] {
        ++counters_.refused;
        if (settings_.overflow == Overflow::reject_publish_dlx) bury_refused(std::move(message));
        if (ticket) host_.confirm(ticket, ConfirmOutcome::refused);
        return;
    }
    const bool kept = is_to_be_logged(*message);
    if (keys_ != nullptr && !admit_key(message, ticket, kept)) return;
    ++counters_.published;
    ready_.push_back(admit(std::move(message)));
    if (ticket) host_.confirm(ticket, kept ? ConfirmOutcome::taken_to_log : ConfirmOutcome::taken);
    if (kept) ask_log();
    ask_turn();
    if (!limits_.exceeded(ready_.count(), ready_.bytes())) return;
    // Only what no consumer can take counts.
    catch_up();
    drop_excess();
}

void Queue::settle(const Settle& command) {
    ENSURE(home_.is_here());
    const bool counts = counts_settled_from(command.first);
    switch (command.settlement) {
        case Settlement::ack:
            unacked_.take_range(command.first, command.last,
                                [this, counts](DeliveryIndex index, auto&& entry) {
                                    ++counters_.acked;
                                    if (counts) note_settled(index);
                                    settle_in_log(entry, Departure::acknowledged);
                                    holdings_.leave(*entry.message);
                                    consumers_.unhold(entry.holder);
                                });
            break;
        case Settlement::requeue:
        case Settlement::fail:
            requeue(command.first, command.last, command.settlement == Settlement::fail,
                    [](const UnackedMessage&) { return true; });
            break;
        case Settlement::reject:
            unacked_.take_range(command.first, command.last,
                                [this, counts](DeliveryIndex index, auto&& entry) {
                                    ++counters_.rejected;
                                    if (counts) note_settled(index);
                                    consumers_.unhold(entry.holder);
                                    const std::uint8_t level = level_of(*entry.message);
                                    bury(Letter::of(std::move(entry), level));
                                });
            break;
    }
    if (!ready_.empty()) ask_turn();
}

bool Queue::refuses(std::uint64_t body_bytes) {
    if (settings_.overflow == Overflow::drop_head ||
        !limits_.would_exceed(ready_.count(), ready_.bytes(), body_bytes))
        return false;
    // Only what no consumer can take counts.
    catch_up();
    return limits_.would_exceed(ready_.count(), ready_.bytes(), body_bytes);
}

ReadyMessage Queue::admit(MessageRef message) {
    holdings_.enter(*message);
    ReadyMessage ready;
    ready.position = next_position_++;
    ready.deadline = deadline_of(*message);
    ready.body_bytes = measure_.bytes_of(*message);
    ready.level = level_of(*message);
    ready.message = std::move(message);
    return ready;
}

Instant Queue::deadline_of(const Message& message) const {
    const std::uint64_t ttl_ms =
        std::min(settings_.message_ttl_ms.value_or(UINT64_MAX), message.traits().expiration_ms);
    if (ttl_ms > longest_ttl_ms) return Instant::never();
    return host_.now().instant.plus_ms(static_cast<std::int64_t>(ttl_ms));
}

void Queue::drop_excess() {
    if (settings_.overflow != Overflow::drop_head) return;
    while (limits_.exceeded(counted_length(), counted_bytes()) && ready_.make_front_resident()) {
        if (settings_.dead_letter_exchange && !ready_.front().logged &&
            is_to_be_logged(*ready_.front().message))
            log_arrivals();
        ++counters_.dropped;
        bury(Letter::of(ready_.pop_front(), DeathReason::maxlen));
    }
}

void Queue::requeue(DeliveryIndex first, DeliveryIndex last, bool failed,
                    const std::function<bool(const UnackedMessage&)>& wanted) {
    // What is ready already has its chance before limits and deadlines are looked at again.
    if (limits_.any() || ready_.has_deadlines()) catch_up();
    const bool counts = counts_settled_from(first);
    std::vector<UnackedMessage> returning = std::move(returning_);
    unacked_.take_if(first, last, wanted, [&](DeliveryIndex index, UnackedMessage&& entry) {
        if (counts) note_settled(index);
        consumers_.unhold(entry.holder);
        returning.push_back(std::move(entry));
    });
    counters_.requeued += returning.size();
    if (quorum_ != nullptr) {
        for (UnackedMessage& entry : returning)
            take_return(std::move(entry), failed);
        arm_timer();  // for those that wait a while
        // Consumers first, other than in a classic queue.
        if (limits_.exceeded(counted_length(), counted_bytes())) catch_up();
        look_at_limit();
    } else {
        // From the last to the first, so that each finds its place at the front if it belongs
        // there.
        std::sort(returning.begin(), returning.end(),
                  [](const auto& a, const auto& b) { return a.position > b.position; });
        for (UnackedMessage& entry : returning)
            ready_.put_back(returned(std::move(entry)));
    }
    returning.clear();
    if (returning.capacity() <= returning_kept) returning_ = std::move(returning);
    // RabbitMQ's order: limits first, then expiry, then consumers.
    drop_excess();
    if (ready_.has_deadlines()) expire(host_.now().instant, SIZE_MAX);
    if (!ready_.empty()) ask_turn();
}

ReadyMessage Queue::returned(UnackedMessage&& entry) const {
    ReadyMessage ready;
    ready.position = entry.position;
    ready.deadline = entry.deadline;
    ready.body_bytes = entry.body_bytes;
    ready.level = level_of(*entry.message);
    ready.redelivered = true;
    ready.logged = entry.logged;
    ready.message = std::move(entry.message);
    return ready;
}

void Queue::requeue_channel(ConnectionId connection, ChannelId channel, bool failed) {
    // What requeue() itself may deliver is not the channel's to give back yet.
    const DeliveryIndex end = unacked_.next_index();
    DeliveryIndex oldest = end;
    for (const ConsumerSlot slot : consumers_.of_channel(connection, channel)) {
        const Consumer& holder = consumers_.at(slot);
        if (holder.unacked != 0) oldest = std::min(oldest, holder.oldest_unacked);
    }
    if (oldest == end) return;
    requeue(oldest, {end.value - 1}, failed, [&](const UnackedMessage& entry) {
        const ConsumerId& holder = consumers_.at(entry.holder).spec.id;
        return holder.connection == connection && holder.channel == channel;
    });
}

}  // namespace warren::broker
