// What a quorum queue does in another way than a classic one: it shows and confirms what is
// committed, it counts how often messages come back, and its limits are soft.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "amqp091/content_header.h"
#include "base/ensure.h"
#include "broker/queue/queue.h"
#include "broker/queue/wall_deadline.h"

namespace warren::broker {

// ---- arrival ----

void Queue::publish_to_quorum(MessageRef message, const ConfirmTicket& ticket) {
    look_at_limit();
    if (quorum_->rejecting || quorum_->failed) {
        ++counters_.refused;
        if (ticket) host_.confirm(ticket, ConfirmOutcome::refused);
        return;
    }
    if (keys_ != nullptr && !admit_key(message, ticket, is_to_be_logged(*message))) return;
    ++counters_.published;
    ReadyMessage ready = admit(std::move(message));
    if (store_ == nullptr) return enter_committed(std::move(ready), ticket);
    quorum_->window.add(std::move(ready), ticket);
    ask_log();
}

void Queue::enter_committed(ReadyMessage&& ready, const ConfirmTicket& ticket) {
    // The time that committing took is not the message's: it has its chance even if it was to live
    // for a moment only.
    const Instant now = host_.now().instant;
    const bool due = ready.deadline <= now;
    if (due) ready.deadline = now;
    if (ready.position <= quorum_->flushed_through)
        ready_.put_in_place(std::move(ready));
    else
        ready_.push_back(std::move(ready));
    if (ticket) host_.confirm(ticket, ConfirmOutcome::taken);
    ask_turn();
    if (due) catch_up();
    if (!limits_.exceeded(counted_length(), counted_bytes())) return;
    // Only what no consumer can take counts.
    catch_up();
    look_at_limit();
    drop_excess();
}

void Queue::committed(std::uint64_t mark) {
    ENSURE(home_.is_here());
    if (quorum_ == nullptr || leaving_) return;
    CommitWindow& window = quorum_->window;
    quorum_->committed = std::max(quorum_->committed, mark);
    if (const auto logged = window.commit(mark))
        quorum_->commit_latency_ms = static_cast<std::uint64_t>(
            std::max<std::int64_t>(0, host_.now().instant.ms_since(*logged)));
    while (true) {
        if (auto arrival = window.take_arrival())
            enter_committed(std::move(arrival->ready), arrival->ticket);
        else if (auto command = window.take_command()) {
            if (run_deferred(std::move(*command))) return;
        } else {
            break;
        }
    }
    arm_timer();
}

template <typename Command>
bool Queue::waits_for_commit(const Command& command) {
    if (quorum_ == nullptr || quorum_->window.empty() || quorum_->failed) return false;
    quorum_->window.defer(command);
    return true;
}
template bool Queue::waits_for_commit(const Get&);
template bool Queue::waits_for_commit(const Purge&);
template bool Queue::waits_for_commit(const Delete&);
template bool Queue::waits_for_commit(const Inspect&);

bool Queue::run_deferred(QueueCommandBody&& command) {
    if (const auto* deletion = std::get_if<Delete>(&command)) return answer(*deletion);
    if (const auto* get = std::get_if<Get>(&command)) answer(*get);
    if (const auto* purge = std::get_if<Purge>(&command)) answer(*purge);
    if (const auto* inspect = std::get_if<Inspect>(&command)) answer(*inspect);
    return false;
}

void Queue::refuse_deferred() {
    while (const auto command = quorum_->window.drop_command()) {
        if (const auto* get = std::get_if<Get>(&*command))
            host_.reply(get->ticket, QueueRefusal::queue_gone);
        else if (const auto* purge = std::get_if<Purge>(&*command))
            host_.reply(purge->ticket, QueueRefusal::queue_gone);
        else if (const auto* inspect = std::get_if<Inspect>(&*command))
            host_.reply(inspect->ticket, QueueRefusal::queue_gone);
        else if (const auto* deletion = std::get_if<Delete>(&*command))
            host_.reply(deletion->ticket, Deleted{0});
    }
}

// ---- the end of the turn ----

std::uint64_t Queue::log_turn() {
    log_asked_ = false;
    QuorumLedger& ledger = *quorum_;
    const bool has_arrivals = ledger.window.has_unlogged();
    if (leaving_ || (!has_arrivals && !ledger.notes.has_changes() && ledger.turn.empty())) return 0;
    const RaftPlace place = ledger.failed ? RaftPlace{} : host_.propose(*this, ledger.raft.place());
    if (place.index == 0) {
        fail_turn();
        return 0;
    }
    if (keys_ != nullptr) keys_->log_pending();
    const Now now = host_.now();
    if (has_arrivals)
        ledger.window.log_turn(place.index, now.instant, [&](ReadyMessage& ready) {
            store_->append(ready);
            ledger.turn.add_enqueued(ready.position, ready.level, wall_ms_of(ready.deadline, now),
                                     ready.body_bytes);
        });
    next_position_ = ledger.notes.log_changes(store_->log(), next_position_,
                                              [&](std::uint64_t position, const MessageNote& note) {
                                                  ledger.turn.changed.push_back({position, note});
                                              });
    ledger.raft.replace(store_->log(), next_position_++, place, ledger.turn);
    ledger.turn.clear();
    logged_through_ = next_position_ - 1;
    return has_arrivals ? place.index : 0;
}

// The group takes nothing any more. What has come in this turn is nowhere but here, so its
// publishers can be told; what came before may be committed yet by others.
void Queue::fail_turn() {
    QuorumLedger& ledger = *quorum_;
    ledger.failed = true;
    ledger.turn.clear();
    ledger.notes.forget_changes();
    ledger.window.drop_unlogged([this](CommitWindow::Arrival& arrival) {
        ++counters_.refused;
        holdings_.leave(*arrival.ready.message);
        if (arrival.ticket) host_.confirm(arrival.ticket, ConfirmOutcome::refused);
    });
}

void Queue::note_departure(std::uint64_t position, Departure why) {
    quorum_->notes.forget(position, store_ == nullptr ? nullptr : &store_->log());
    if (store_ == nullptr || leaving_) return;
    // A purge says itself what has left.
    if (why != Departure::purged) quorum_->turn.add_departed(position, why);
    ask_log();
}

void Queue::change_note(std::uint64_t position, std::uint8_t level, const MessageNote& note) {
    quorum_->notes.change(position, level, note);
    if (store_ == nullptr)
        quorum_->notes.forget_changes();
    else
        ask_log();
}

// ---- what comes back ----

void Queue::take_return(UnackedMessage&& entry, bool failed) {
    ReadyMessage ready = returned(std::move(entry));
    const MessageNote* known = quorum_->notes.find(ready.position);
    MessageNote note = known == nullptr ? MessageNote{} : *known;
    ++note.acquired_count;
    note.delivery_count += failed;
    note.returned = ++quorum_->returns;
    note.delayed_until_ms = 0;
    if (settings_.delivery_limit && note.delivery_count > *settings_.delivery_limit) {
        host_.count_given_up(*this);
        if (assures_letters()) change_note(ready.position, ready.level, note);
        return bury(Letter::of(std::move(ready), DeathReason::delivery_limit));
    }
    const auto delay_ms = retry_delay_ms(note, failed);
    if (delay_ms) {
        const Instant due =
            host_.now().instant.plus_ms(static_cast<std::int64_t>(*delay_ms) + clock_margin_ms);
        note.delayed_until_ms = wall_ms_of(due, host_.now());
        change_note(ready.position, ready.level, note);
        return quorum_->delayed.add(due, std::move(ready));
    }
    change_note(ready.position, ready.level, note);
    ready_.put_back(std::move(ready));
}

// RabbitMQ 4.3: the messages come back, which is no failure, and who held them gets no more.
bool Queue::release_late(DeliveryIndex end, Instant now) {
    struct Late {
        DeliveryIndex first;
        DeliveryIndex end;  // of what is late for this consumer
    };
    std::map<ConsumerSlot, Late> late;
    unacked_.for_each_before(end, [&](DeliveryIndex index, const UnackedMessage& entry) {
        if (late.contains(entry.holder)) return;
        const auto own_end =
            ack_timeouts_.late_end(ack_timeout_of(consumers_.at(entry.holder)), now);
        if (index < own_end) late.emplace(entry.holder, Late{index, own_end});
    });
    bool left = false;
    // The consumers that are late below the same index give back together, in order of delivery.
    std::map<DeliveryIndex, std::set<ConsumerSlot>> holders;
    for (const auto& [slot, found] : late) {
        Consumer& consumer = consumers_.at(slot);
        holders[found.end].insert(slot);
        host_.notify(consumer.spec.id, AckTimedOut{consumer.spec.id, found.first, true});
        if (!consumer.consuming) continue;
        return_grants(consumer);
        consumers_.cancel(consumer);
        left = true;
    }
    for (const auto& [own_end, slots] : holders)
        requeue({0}, {own_end.value - 1}, false,
                [&](const UnackedMessage& entry) { return slots.contains(entry.holder); });
    return left;
}

std::optional<std::uint64_t> Queue::retry_delay_ms(const MessageNote& note, bool failed) const {
    // A year is for ever, and adds up to no overflow.
    constexpr std::uint64_t longest_ms = 365ull * 24 * 60 * 60 * 1000;
    const DelayedRetry& retry = settings_.delayed_retry;
    const bool wanted =
        retry.kind == DelayedRetryKind::all ||
        retry.kind == (failed ? DelayedRetryKind::failed : DelayedRetryKind::returned);
    if (!wanted || retry.min_ms == 0) return std::nullopt;
    const std::uint64_t times = std::max<std::uint64_t>(1, note.delivery_count);
    const std::uint64_t min_ms = std::min(retry.min_ms, longest_ms);
    return std::min({min_ms * times, retry.max_ms.value_or(retry.min_ms), longest_ms});
}

void Queue::end_delays(Instant now) {
    while (auto ready = quorum_->delayed.take_due(now)) {
        ready_.put_back(std::move(*ready));
        ask_turn();
    }
    retry_letters(now);
}

Instant Queue::next_ledger_event() const {
    const auto& retries = quorum_->letters.retries;
    return std::min(quorum_->delayed.next_due(),
                    retries.empty() ? Instant::never() : retries.front().at);
}

// What the publisher has put there under these names is seen once, by the first consumer.
MessageRef Queue::with_counts(const Message& message, const MessageNote& note) const {
    const auto header = amqp091::ContentHeader::decode(message.header());
    ENSURE(header.has_value());
    amqp091::FieldTable headers = header->headers().decode();
    if (note.acquired_count != 0)
        headers.set("x-acquired-count", static_cast<std::int64_t>(note.acquired_count));
    if (note.delivery_count != 0)
        headers.set("x-delivery-count", static_cast<std::int64_t>(note.delivery_count));
    const std::string edited =
        amqp091::HeaderEdit(*header).set_headers(headers).encode(message.body_bytes());
    MessageTraits traits = message.traits();
    traits.has_headers = true;
    return message.with_envelope(message.exchange(), message.routing_key(), as_bytes(edited),
                                 traits);
}

// ---- limits ----

// RabbitMQ: what waits to be delivered or dead-lettered later counts too.
std::uint64_t Queue::counted_length() const {
    if (quorum_ == nullptr) return ready_.count();
    return ready_.count() + quorum_->delayed.count() + quorum_->letters.all.count();
}

std::uint64_t Queue::counted_bytes() const {
    if (quorum_ == nullptr) return ready_.bytes();
    return ready_.bytes() + quorum_->delayed.bytes() + quorum_->letters.bytes;
}

void Queue::look_at_limit() {
    bool& rejecting = quorum_->rejecting;
    if (settings_.overflow == Overflow::drop_head || !limits_.any())
        rejecting = false;
    else if (limits_.exceeded(counted_length(), counted_bytes()))
        rejecting = true;
    else if (rejecting)
        rejecting = !limits_.well_below(counted_length(), counted_bytes());
}

}  // namespace warren::broker
