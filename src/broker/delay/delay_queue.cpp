#include "broker/delay/delay_queue.h"

#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "base/limits.h"
#include "broker/delay/delay_header.h"

namespace warren::broker {

DelayQueue::DelayQueue(QueueId id, std::string vhost, std::string name, QueueSettings settings,
                       QueueHost& host)
    : QueueMachine(id, std::move(vhost), std::move(name), std::move(settings), host),
      waiting_(0),
      last_active_(host.now().instant) {
    ENSURE(settings_.delayed_exchange && settings_.priority_max == 0);
}

void DelayQueue::apply(QueueCommandBody&& command) {
    struct Dispatch {
        DelayQueue& queue;
        void operator()(Publish&& body) { queue.publish(std::move(body.message), body.ticket); }
        void operator()(Get&& body) { queue.get(body); }
        void operator()(Settle&& body) { queue.settle(body); }
        void operator()(Purge&& body) { queue.purge(body); }
        void operator()(Inspect&& body) { queue.inspect(body); }
        void operator()(Release&& body) { queue.give_back(body.connection, body.channel); }
        void operator()(Recover&& body) { queue.give_back(body.connection, body.channel); }
        // Sessions refuse these before they ask; what comes nevertheless has no effect.
        void operator()(Consume&& body) {
            queue.host_.reply(body.ticket, QueueRefusal::exclusively_held);
        }
        void operator()(Delete&& body) { queue.host_.reply(body.ticket, QueueRefusal::in_use); }
        void operator()(Grant&& body) {
            queue.host_.notify(body.consumer, GrantReturned{body.consumer, body.messages});
        }
        void operator()(Peek&& body) {
            queue.host_.reply(body.ticket, Boxed<Peeked>(Peeked{.at_end = true}));
        }
        void operator()(Take&& body) { queue.host_.reply(body.ticket, Taken{}); }
        void operator()(Cancel&&) {}
        void operator()(Credit&&) {}
    };
    std::visit(Dispatch{*this}, std::move(command));
}

void DelayQueue::publish(MessageRef message, const ConfirmTicket& ticket) {
    ENSURE(home_.is_here());
    if (leaving_) [[unlikely]] {
        if (ticket) host_.confirm(ticket, ConfirmOutcome::taken);
        return;
    }
    ++counters_.published;
    const bool kept = store_ != nullptr && store_->keeps(*message);
    holdings_.enter(*message);
    ReadyMessage ready;
    ready.position = next_position_++;
    ready.deadline = due_time(*message, host_.arrival_time());
    ready.body_bytes = static_cast<std::uint32_t>(message->body_bytes());
    ready.message = std::move(message);
    waiting_.push_back(std::move(ready));
    if (ticket) host_.confirm(ticket, kept ? ConfirmOutcome::taken_to_log : ConfirmOutcome::taken);
    if (kept) ask_log();
    arm_timer();
}

void DelayQueue::work() {
    ENSURE(home_.is_here());
    turn_asked_ = false;
    if (leaving_) return;
    last_active_ = host_.now().instant;
    discarded_.free_some(holdings_);
    const std::size_t budget = send_due(limits::queue_work_per_turn);
    if (budget == 0 || !discarded_.empty()) ask_turn();
    arm_timer();
}

void DelayQueue::on_timer() {
    ENSURE(home_.is_here());
    timer_ = Instant::never();
    work();
}

std::size_t DelayQueue::send_due(std::size_t budget) {
    const Instant now = host_.now().instant;
    if (log_asked_ && next_due() <= now) log_pending();
    for (; budget != 0 && !letters_.full(); --budget) {
        std::optional<ReadyMessage> due = take_due(now);
        if (!due) break;
        send_on(std::move(*due));
    }
    return budget;
}

void DelayQueue::send_on(ReadyMessage&& ready) {
    ++counters_.sent_on;
    holdings_.leave(*ready.message);
    // What is transient and was paged out need not wait: it is forgotten at the next start anyway.
    if (!ready.logged || !store_->keeps(*ready.message)) {
        settle_in_log(ready);
        return host_.delay_passed(*this, std::move(ready.message), 0);
    }
    host_.delay_passed(*this, ready.message.share(), ready.position);
    letters_.add(Letter::of(std::move(ready), DeathReason::expired));
}

// A message that goes nowhere, or that its target refuses, is gone as if it had not been delayed.
void DelayQueue::letter_done(std::uint64_t position, LetterOutcome) {
    ENSURE(home_.is_here());
    if (leaving_) return;
    const bool held_back = letters_.full();
    const auto letter = letters_.take(position);
    if (!letter) return;
    store_->log().settle(letter->level, letter->position);
    if (held_back) ask_turn();
}

Instant DelayQueue::next_due() const {
    const Instant next = waiting_.next_deadline();
    return returned_.empty() ? next : std::min(next, returned_.begin()->first.first);
}

std::optional<ReadyMessage> DelayQueue::take_due(Instant until) {
    if (returned_.empty() || returned_.begin()->first.first > until)
        return waiting_.take_expired(until);
    const auto first = returned_.begin();
    if (auto earlier = waiting_.take_expired(first->first.first.plus_ms(-1))) return earlier;
    returned_bytes_ -= first->second.body_bytes;
    return std::move(returned_.extract(first).mapped());
}

std::optional<ReadyMessage> DelayQueue::take_next() {
    // The next deadline may be that of a message that has left, and is put right then.
    while (next_due() != Instant::never())
        if (auto next = take_due(next_due())) return next;
    return std::nullopt;
}

void DelayQueue::get(const Get& command) {
    ENSURE(home_.is_here());
    if (leaving_) return host_.reply(command.ticket, QueueRefusal::queue_gone);
    last_active_ = host_.now().instant;
    send_due(SIZE_MAX);
    if (log_asked_ && !command.auto_ack) log_pending();
    std::optional<ReadyMessage> next = take_next();
    if (!next) {
        ++counters_.got_empty;
        return host_.reply(command.ticket, GetEmpty{});
    }
    ++(command.auto_ack ? counters_.got_auto_ack : counters_.got);
    counters_.redelivered += next->redelivered;
    GetOk answer;
    answer.delivery.redelivered = next->redelivered;
    if (command.auto_ack) {
        settle_in_log(*next);
        holdings_.leave(*next->message);
        answer.delivery.message = std::move(next->message);
    } else {
        answer.delivery.message = next->message.share();
        got_bytes_ += next->body_bytes;
        answer.delivery.index = {got_.push_back({std::move(*next), command.holder})};
    }
    answer.ready_left = count();
    host_.reply(command.ticket, std::move(answer));
    arm_timer();
}

void DelayQueue::settle(const Settle& command) {
    ENSURE(home_.is_here());
    std::vector<std::uint64_t> settled;
    got_.for_each_in(command.first.value, command.last.value,
                     [&](std::uint64_t index, const Got&) { settled.push_back(index); });
    for (const std::uint64_t index : settled) {
        Got got = got_.take(index);
        got_bytes_ -= got.ready.body_bytes;
        switch (command.settlement) {
            case Settlement::ack:
            case Settlement::reject:
                ++(command.settlement == Settlement::ack ? counters_.acked : counters_.rejected);
                settle_in_log(got.ready);
                holdings_.leave(*got.ready.message);
                break;
            default:
                take_back(std::move(got));
        }
    }
    arm_timer();
}

void DelayQueue::take_back(Got&& got) {
    ++counters_.requeued;
    ReadyMessage ready = std::move(got.ready);
    ready.redelivered = true;
    returned_bytes_ += ready.body_bytes;
    const std::pair place(ready.deadline, ready.position);
    returned_.emplace(place, std::move(ready));
}

void DelayQueue::give_back(ConnectionId connection, ChannelId channel) {
    ENSURE(home_.is_here());
    std::vector<std::uint64_t> held;
    got_.for_each([&](std::uint64_t index, const Got& got) {
        if (got.holder.connection == connection && got.holder.channel == channel)
            held.push_back(index);
    });
    for (const std::uint64_t index : held) {
        Got got = got_.take(index);
        got_bytes_ -= got.ready.body_bytes;
        take_back(std::move(got));
    }
    arm_timer();
}

void DelayQueue::purge(const Purge& command) {
    ENSURE(home_.is_here());
    if (leaving_) return host_.reply(command.ticket, QueueRefusal::queue_gone);
    send_due(SIZE_MAX);
    const std::uint64_t purged = count();
    counters_.purged += purged;
    for (const auto& [place, ready] : std::exchange(returned_, {})) {
        settle_in_log(ready);
        holdings_.leave(*ready.message);
    }
    returned_bytes_ = 0;
    ReadyList cancelled = waiting_.take_all();
    if (store_ != nullptr) {
        cancelled.for_each([this](const ReadyMessage& ready) { settle_in_log(ready); });
        store_->log().settle_paged();
    }
    if (!cancelled.empty()) {
        discarded_.add(std::move(cancelled));
        ask_turn();
    }
    host_.reply(command.ticket, Purged{purged});
}

void DelayQueue::inspect(const Inspect& command) {
    ENSURE(home_.is_here());
    if (leaving_) return host_.reply(command.ticket, QueueRefusal::queue_gone);
    send_due(SIZE_MAX);
    host_.reply(command.ticket, Counts{count(), 0});
}

void DelayQueue::update_settings(QueueSettings settings) {
    ENSURE(home_.is_here());
    ENSURE(settings.delayed_exchange == settings_.delayed_exchange);
    settings_ = std::move(settings);
}

void DelayQueue::shut_down() {
    ENSURE(home_.is_here());
    leaving_ = true;
    host_.request_timer(*this, Instant::never());
    if (store_ != nullptr) store_->log().remove();
}

bool DelayQueue::free_some() {
    ENSURE(home_.is_here() && leaving_);
    store_.reset();  // the log is told nothing more, and must not ask
    if (!waiting_.empty()) discarded_.add(waiting_.take_all());
    discarded_.free_some(holdings_);
    return discarded_.empty();
}

void DelayQueue::ask_turn() {
    if (turn_asked_ || leaving_) return;
    turn_asked_ = true;
    host_.request_turn(*this);
}

void DelayQueue::ask_log() {
    if (log_asked_) return;
    log_asked_ = true;
    host_.request_log(*this);
}

// An earlier wish replaces the one that runs; a later one waits until that has rung. While too many
// letters are on their way there is nothing to wake up for: letter_done() asks for a turn.
void DelayQueue::arm_timer() {
    const Instant wish = next_due();
    if (wish >= timer_ || leaving_ || letters_.full()) return;
    timer_ = wish;
    host_.request_timer(*this, wish);
}

}  // namespace warren::broker
