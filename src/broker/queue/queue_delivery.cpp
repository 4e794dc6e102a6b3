// The end of the turn: ready messages meet consumers, and those that have waited too long go.
#include <algorithm>
#include <set>
#include <utility>

#include "base/ensure.h"
#include "base/limits.h"
#include "broker/queue/queue.h"

namespace warren::broker {

namespace {
// A consumer keeps the memory of a batch of this size for its next one.
constexpr std::size_t batch_kept = 128;
}  // namespace

void Queue::work() {
    ENSURE(home_.is_here());
    turn_asked_ = false;
    if (leaving_) return;
    const Instant now = host_.now().instant;
    last_active_ = now;
    discarded_.free_some(holdings_);
    if (quorum_ != nullptr) end_delays(now);
    // What has expired must not be delivered, nor can it go yet: letter_done() asks for a turn.
    if (letters_.full() && ready_.next_deadline() <= now) {
        if (!discarded_.empty()) ask_turn();
        return;
    }
    std::size_t budget = expire(now.plus_ms(-1), limits::queue_work_per_turn);
    budget = match(budget);
    // A message whose time is up in this very millisecond (time-to-live 0) has had its chance.
    if (budget != 0) budget = expire(now, budget);
    if (ready_.empty()) return_all_grants();
    if (budget == 0 || !discarded_.empty()) ask_turn();
    look_at_crowd();
    look_at_ages(now);
    arm_timer();
}

void Queue::look_at_crowd() {
    const Crowding crowding =
        consumers_.count() == 0 ? Crowding::none : crowding_of(ready_.count(), crowding_);
    if (crowding == crowding_) return;
    crowding_ = crowding;
    host_.crowded(*this, crowding);
}

void Queue::on_timer() {
    ENSURE(home_.is_here());
    timer_ = Instant::never();
    if (leaving_) return;
    if (lease_.end(settings_, consumers_.count()) <= host_.now().instant) return ask_delete({});
    const bool consumers_left = report_late_acks();
    work();
    if (consumers_left) after_consumer_left();
}

void Queue::catch_up() {
    if (leaving_) return;
    if (quorum_ != nullptr) end_delays(host_.now().instant);
    if (ready_.empty()) return;
    // The command may take the last message that grants were given for.
    if (grants_out_ != 0) ask_turn();
    const Instant now = host_.now().instant;
    expire(now.plus_ms(-1), SIZE_MAX);
    match(SIZE_MAX);
    expire(now, SIZE_MAX);
}

std::size_t Queue::match(std::size_t budget) {
    while (budget != 0 && !ready_.empty()) {
        Consumer* taker =
            consumers_.next_taker([this](Consumer& consumer) { ask_grant(consumer); });
        if (taker == nullptr || !ready_.make_front_resident()) break;
        gather(*taker);
        --budget;
    }
    flush_batches();
    return budget;
}

void Queue::gather(Consumer& consumer) {
    if (consumer.batch.empty()) batched_.push_back(consumer.slot);
    const bool auto_ack = consumer.spec.auto_ack;
    if (log_asked_ && !auto_ack) log_arrivals();
    ReadyMessage ready = ready_.pop_front();
    const std::uint64_t bytes = ready.message->body_bytes();
    ++(auto_ack ? counters_.delivered_auto_ack : counters_.delivered);
    consumer.batch.push_back(hand_out(std::move(ready), auto_ack ? nullptr : &consumer));
    if (consumer.needs_grants() && consumer.grants == 1) --grants_out_;
    consumers_.took(consumer, bytes);
}

void Queue::flush_batches() {
    for (const ConsumerSlot slot : batched_) {
        Consumer& consumer = consumers_.at(slot);
        host_.deliver(consumer.spec.id, consumer.batch);
        consumer.batch.clear();
        if (consumer.batch.capacity() > batch_kept) consumer.batch = std::vector<Delivery>();
    }
    batched_.clear();
}

Delivery Queue::hand_out(ReadyMessage&& ready, Consumer* holder) {
    counters_.redelivered += ready.redelivered;
    if (ages_ != nullptr && ready.position < ages_->waiting.end())
        ages_->waiting.leave(ready.position, host_.now().instant, ages_->counts.waited);
    Delivery delivery;
    delivery.redelivered = ready.redelivered;
    if (quorum_ != nullptr)
        if (const MessageNote* note = quorum_->notes.find(ready.position))
            delivery.message = with_counts(*ready.message, *note);
    if (holder == nullptr) {
        settle_in_log(ready, Departure::acknowledged);
        holdings_.leave(*ready.message);
        if (!delivery.message) delivery.message = std::move(ready.message);
        return delivery;
    }
    if (!delivery.message) delivery.message = ready.message.share();
    UnackedMessage unacked;
    unacked.message = std::move(ready.message);
    unacked.position = ready.position;
    unacked.deadline = ready.deadline;
    unacked.body_bytes = ready.body_bytes & UnackedMessage::body_bytes_max;
    unacked.logged = ready.logged;
    unacked.holder = holder->slot;
    delivery.index = unacked_.add(std::move(unacked));
    consumers_.hold(*holder, delivery.index);
    return delivery;
}

std::size_t Queue::expire(Instant until, std::size_t budget) {
    if (settings_.dead_letter_exchange && log_asked_ && ready_.next_deadline() <= until)
        log_arrivals();
    while (budget != 0) {
        std::optional<ReadyMessage> expired = ready_.take_expired(until);
        if (!expired) break;
        ++counters_.expired;
        bury(Letter::of(std::move(*expired), DeathReason::expired));
        --budget;
    }
    return budget;
}

void Queue::ask_grant(Consumer& consumer) {
    if (consumer.grant_asked) return;
    consumer.grant_asked = true;
    host_.notify(consumer.spec.id, GrantWanted{consumer.spec.id, id_});
}

void Queue::return_grants(Consumer& consumer) {
    if (consumer.grants == 0) return;
    --grants_out_;
    const std::uint32_t unused = std::exchange(consumer.grants, 0);
    host_.notify(consumer.spec.id, GrantReturned{consumer.spec.id, unused});
}

void Queue::return_all_grants() {
    if (grants_out_ == 0) return;
    consumers_.for_each([this](Consumer& consumer) { return_grants(consumer); });
}

AckTimes Queue::ack_times() const {
    const std::uint64_t usual = settings_.consumer_timeout_ms.value_or(0);
    AckTimes times{usual, usual};
    const auto& own = consumers_.own_timeouts();
    const auto shortest = own.upper_bound(0);
    if (shortest == own.end()) return times;
    times.shortest_ms = usual == 0 ? *shortest : std::min(usual, *shortest);
    times.longest_ms = std::max(usual, *own.rbegin());
    return times;
}

std::uint64_t Queue::ack_timeout_of(const Consumer& consumer) const {
    return consumer.spec.ack_timeout_ms.value_or(settings_.consumer_timeout_ms.value_or(0));
}

bool Queue::report_late_acks() {
    const AckTimes times = ack_times();
    const Instant now = host_.now().instant;
    if (times.shortest_ms == 0 || now < ack_timeouts_.next_check()) return false;
    ack_timeouts_.check(unacked_.next_index(), times, now);
    const DeliveryIndex end = ack_timeouts_.late_end(times.shortest_ms, now);
    if (quorum_ != nullptr) return release_late(end, now);
    // One report is enough to close a channel.
    std::set<std::pair<ConnectionId, ChannelId>> reported;
    unacked_.for_each_before(end, [&](DeliveryIndex index, const UnackedMessage& entry) {
        const ConsumerId& holder = consumers_.at(entry.holder).spec.id;
        if (reported.emplace(holder.connection, holder.channel).second)
            host_.notify(holder, AckTimedOut{holder, index});
    });
    return false;
}

void Queue::check_invariants() {
    ready_.check_invariants();
    consumers_.check_invariants();
    Holdings holdings;
    std::uint64_t unacked_bytes = 0;
    std::map<ConsumerSlot, std::uint32_t> held;
    const auto enter = [&](const ReadyMessage& ready) { holdings.enter(*ready.message); };
    ready_.for_each(enter);
    discarded_.for_each(enter);
    letters_.check_invariants();
    if (quorum_ != nullptr) {
        check_ledger_invariants();
        quorum_->window.for_each(enter);
        quorum_->delayed.for_each(enter);
    }
    if (store_ != nullptr)
        check_log_invariants();
    else
        ENSURE(letters_.empty());
    unacked_.for_each_before(unacked_.next_index(), [&](DeliveryIndex index, const auto& entry) {
        holdings.enter(*entry.message);
        unacked_bytes += entry.body_bytes;
        ++held[entry.holder];
        ENSURE(consumers_.at(entry.holder).oldest_unacked <= index);
        ENSURE(entry.position < next_position_);
    });
    ENSURE(holdings == holdings_);
    ENSURE(unacked_bytes == unacked_.bytes());
    std::uint32_t grants_out = 0;
    consumers_.for_each([&](const Consumer& consumer) {
        ENSURE(consumer.unacked == held[consumer.slot]);
        grants_out += consumer.grants != 0;
    });
    ENSURE(grants_out == grants_out_);
    ENSURE(batched_.empty());
    if (settings_.overflow == Overflow::drop_head && quorum_ == nullptr)
        ENSURE(!limits_.exceeded(ready_.count(), ready_.bytes()));
}

}  // namespace warren::broker
