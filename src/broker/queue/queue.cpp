#include "broker/queue/queue.h"

#include <algorithm>
#include <utility>

#include "base/ensure.h"
#include "base/limits.h"

namespace warren::broker {

Queue::Queue(QueueId id, std::string vhost, std::string name, QueueSettings settings,
             QueueHost& host)
    : QueueMachine(id, std::move(vhost), std::move(name), std::move(settings), host),
      limits_(settings_),
      measure_(settings_),
      ready_(settings_.priority_max,
             settings_.type == QueueType::quorum ? ReadyRules::quorum : ReadyRules::classic),
      consumers_(settings_.single_active_consumer,
                 settings_.type == QueueType::quorum ? TakeOver::by_priority : TakeOver::when_left),
      lease_(host.now().instant),
      quorum_(settings_.type == QueueType::quorum ? std::make_unique<QuorumLedger>() : nullptr),
      last_active_(lease_.last_use()) {
    if (settings_.deduplicates) keys_ = std::make_unique<QueueKeys>();
    arm_timer();
}

void Queue::apply(QueueCommandBody&& command) {
    struct Dispatch {
        Queue& queue;
        void operator()(Publish&& body) { queue.publish(std::move(body.message), body.ticket); }
        void operator()(Consume&& body) { queue.consume(std::move(body)); }
        void operator()(Cancel&& body) { queue.cancel(body); }
        void operator()(Settle&& body) { queue.settle(body); }
        void operator()(Credit&& body) { queue.credit(body); }
        void operator()(Grant&& body) { queue.grant(body); }
        void operator()(Get&& body) { queue.get(body); }
        void operator()(Purge&& body) { queue.purge(body); }
        void operator()(Delete&& body) { queue.remove(body); }
        void operator()(Inspect&& body) { queue.inspect(body); }
        void operator()(Release&& body) { queue.release(body); }
        void operator()(Recover&& body) { queue.recover(body); }
        void operator()(Peek&& body) { queue.peek(body); }
        void operator()(Take&& body) { queue.take(body); }
    };
    std::visit(Dispatch{*this}, std::move(command));
}

void Queue::consume(Consume&& command) {
    ENSURE(home_.is_here());
    if (leaving_) return host_.reply(command.ticket, QueueRefusal::queue_gone);
    // RabbitMQ: quorum queues know no exclusive consumers.
    if (quorum_ != nullptr) command.consumer.exclusive = false;
    if (!consumers_.may_join(command.consumer.exclusive))
        return host_.reply(command.ticket, QueueRefusal::exclusively_held);
    // What was published before this consumer came belongs to those that were there.
    catch_up();
    consumers_.join(std::move(command.consumer));
    had_consumer_ = true;
    host_.reply(command.ticket, ConsumeOk{});
    ask_turn();
}

void Queue::cancel(const Cancel& command) {
    ENSURE(home_.is_here());
    Consumer* consumer = consumers_.find(command.consumer);
    if (consumer == nullptr || !consumer->consuming) return;
    return_grants(*consumer);
    consumers_.cancel(*consumer);
    after_consumer_left();
}

void Queue::credit(const Credit& command) {
    ENSURE(home_.is_here());
    Consumer* consumer = consumers_.find(command.consumer);
    if (consumer == nullptr || !consumer->consuming) return;
    consumers_.credit(*consumer, command.messages, command.bytes);
    if (!ready_.empty()) ask_turn();
}

void Queue::grant(const Grant& command) {
    ENSURE(home_.is_here());
    if (command.messages == 0) return;
    Consumer* consumer = consumers_.find(command.consumer);
    if (consumer == nullptr || !consumer->consuming || leaving_)
        return host_.notify(command.consumer, GrantReturned{command.consumer, command.messages});
    if (consumer->grants == 0) ++grants_out_;
    consumers_.grant(*consumer, command.messages);
    ask_turn();
}

void Queue::get(const Get& command) {
    ENSURE(home_.is_here());
    if (leaving_) return host_.reply(command.ticket, QueueRefusal::queue_gone);
    last_active_ = host_.now().instant;
    lease_.use(last_active_);
    if (!waits_for_commit(command)) answer(command);
}

void Queue::answer(const Get& command) {
    catch_up();
    if (!ready_.make_front_resident()) {
        ++counters_.got_empty;
        return host_.reply(command.ticket, GetEmpty{});
    }
    ++(command.auto_ack ? counters_.got_auto_ack : counters_.got);
    Consumer* holder = command.auto_ack ? nullptr : &consumers_.holder(command.holder);
    if (log_asked_ && holder != nullptr) log_arrivals();
    GetOk answer{hand_out(ready_.pop_front(), holder), 0};
    answer.ready_left = ready_.count();
    host_.reply(command.ticket, std::move(answer));
    look_at_ages(last_active_);
    arm_timer();
}

void Queue::purge(const Purge& command) {
    ENSURE(home_.is_here());
    if (leaving_) return host_.reply(command.ticket, QueueRefusal::queue_gone);
    if (!waits_for_commit(command)) answer(command);
}

void Queue::answer(const Purge& command) {
    catch_up();
    std::uint64_t purged = ready_.count();
    if (quorum_ != nullptr) purged += purge_ledger();
    counters_.purged += purged;
    if (!ready_.empty()) discard(ready_.take_all());
    host_.reply(command.ticket, Purged{purged});
}

void Queue::remove(const Delete& command) {
    ENSURE(home_.is_here());
    // Somebody else's delete has won; RabbitMQ answers a delete of a queue that is not there with
    // delete-ok.
    if (leaving_) return host_.reply(command.ticket, Deleted{0});
    if (!waits_for_commit(command)) answer(command);
}

bool Queue::answer(const Delete& command) {
    catch_up();
    // RabbitMQ looks at if-empty first.
    if (command.if_empty && !ready_.empty()) {
        host_.reply(command.ticket, QueueRefusal::not_empty);
        return false;
    }
    if (command.if_unused && consumers_.count() != 0) {
        host_.reply(command.ticket, QueueRefusal::in_use);
        return false;
    }
    ask_delete(command.ticket);
    return true;
}

void Queue::inspect(const Inspect& command) {
    ENSURE(home_.is_here());
    if (leaving_) return host_.reply(command.ticket, QueueRefusal::queue_gone);
    if (command.counts_as_use) lease_.use(host_.now().instant);
    if (!waits_for_commit(command)) answer(command);
}

void Queue::answer(const Inspect& command) {
    catch_up();
    host_.reply(command.ticket, Counts{ready_.count(), consumers_.count()});
}

void Queue::release(const Release& command) {
    ENSURE(home_.is_here());
    if (quorum_ != nullptr)
        quorum_->window.drop_commands([&](const QueueCommandBody& waiting) {
            const auto* get = std::get_if<Get>(&waiting);
            return get != nullptr && get->holder.connection == command.connection &&
                   get->holder.channel == command.channel;
        });
    const auto records = consumers_.of_channel(command.connection, command.channel);
    if (records.empty()) return;
    // All consumers of the channel go before anything is requeued, lest one of them be sent it
    // again.
    for (const ConsumerSlot slot : records) {
        Consumer& consumer = consumers_.at(slot);
        if (!consumer.consuming) continue;
        if (consumer.grants != 0) --grants_out_;
        consumers_.cancel(consumer);
    }
    requeue_channel(command.connection, command.channel, true);
    after_consumer_left();
}

void Queue::recover(const Recover& command) {
    ENSURE(home_.is_here());
    requeue_channel(command.connection, command.channel, false);
}

void Queue::update_settings(QueueSettings settings) {
    ENSURE(home_.is_here());
    ENSURE(settings.priority_max == settings_.priority_max);
    ENSURE(settings.single_active_consumer == settings_.single_active_consumer);
    catch_up();
    if (settings.deduplicates != settings_.deduplicates) switch_deduplication();
    settings_ = std::move(settings);
    limits_ = LengthLimits(settings_);
    lease_.use(host_.now().instant);
    if (quorum_ != nullptr) {
        if (assures_letters())
            retry_letters(Instant::never());
        else
            drop_letters(Departure::dropped);
        look_at_limit();
    }
    drop_excess();
    arm_timer();
}

void Queue::shut_down() {
    ENSURE(home_.is_here());
    leaving_ = true;
    if (quorum_ != nullptr) refuse_deferred();
    consumers_.for_each([this](const Consumer& consumer) {
        if (consumer.consuming) host_.notify(consumer.spec.id, ConsumerCancelled{consumer.spec.id});
    });
    host_.request_timer(*this, Instant::never());
    if (store_ != nullptr) store_->log().remove();
    if (keys_ != nullptr) keys_->remove();
}

bool Queue::free_some() {
    ENSURE(home_.is_here() && leaving_);
    // They are told nothing more, and must not ask.
    store_.reset();
    keys_.reset();
    if (!ready_.empty()) discarded_.add(ready_.take_all());
    discarded_.free_some(holdings_);
    if (!discarded_.empty()) return false;
    unacked_.drop_oldest(limits::freed_messages_per_turn);
    return unacked_.empty();
}

void Queue::ask_turn() {
    if (turn_asked_ || leaving_) return;
    turn_asked_ = true;
    host_.request_turn(*this);
}

void Queue::ask_log() {
    if (log_asked_) return;
    log_asked_ = true;
    host_.request_log(*this);
}

// An earlier wish replaces the one that runs; a later one waits until that has rung, so that a
// queue with a steady flow asks for a timer now and then and not with each message.
void Queue::arm_timer() {
    ack_timeouts_.watch(!unacked_.empty(), ack_times(), host_.now().instant);
    Instant wish = std::min({ready_.next_deadline(), lease_.end(settings_, consumers_.count()),
                             ack_timeouts_.next_check()});
    if (quorum_ != nullptr) wish = std::min(wish, next_ledger_event());
    if (wish >= timer_ || leaving_) return;
    timer_ = wish;
    host_.request_timer(*this, wish);
}

// The last thing a command does: on a node with one shard the queue may be gone when the host
// returns.
void Queue::ask_delete(const RequestTicket& ticket) {
    leaving_ = true;
    host_.request_delete(*this, ticket, ready_.count());
}

void Queue::after_consumer_left() {
    if (leaving_) return;
    if (consumers_.count() == 0) {
        look_at_crowd();
        if (settings_.auto_delete && had_consumer_) return ask_delete({});
        lease_.use(host_.now().instant);
        arm_timer();
    }
    if (!ready_.empty()) ask_turn();
}

QueueStats Queue::stats() const {
    QueueStats stats;
    stats.counters = counters_;
    storage::PagedFigures paged;
    if (store_ != nullptr) {
        paged = store_->log().paged();
        stats.counters.lost += store_->lost_messages();
        if (quorum_ == nullptr) {
            stats.counters.disk_reads += store_->read_messages();
            stats.counters.disk_writes += store_->written_messages();
        }
    }
    stats.ready = ready_.count();
    stats.unacked = unacked_.count();
    stats.ready_bytes = ready_.bytes();
    stats.unacked_bytes = unacked_.bytes();
    stats.persistent = holdings_.persistent + paged.persistent;
    stats.persistent_bytes = holdings_.persistent_bytes + paged.persistent_body_bytes;
    stats.paged = ready_.paged_count();
    stats.paged_bytes = ready_.paged_bytes();
    stats.letters = letters_.count();
    if (quorum_ != nullptr) {
        stats.unconfirmed = quorum_->window.count();
        stats.returned = ready_.returned_count();
        stats.delayed = quorum_->delayed.count();
        stats.delayed_bytes = quorum_->delayed.bytes();
        stats.assured_letters = quorum_->letters.all.count();
        stats.assured_letter_bytes = quorum_->letters.bytes;
        stats.ready_by_priority = ready_.count_by_level();
        stats.raft = quorum_->figures();
        if (store_ != nullptr) stats.raft.segments = store_->log().segments();
    }
    stats.memory_bytes = resident_bytes() + letters_.count() * sizeof(Letter) +
                         (ready_.count() - ready_.paged_count()) * sizeof(ReadyMessage) +
                         unacked_.count() * sizeof(UnackedMessage);
    if (keys_ != nullptr) {
        stats.keys = keys_->count();
        stats.memory_bytes += keys_->memory_bytes();
    }
    stats.consumers = consumers_.count();
    consumers_.for_each([&](const Consumer& consumer) { stats.consumers_able += consumer.listed; });
    stats.single_active_consumer = consumers_.active_consumer();
    stats.exclusive_consumer = consumers_.has_exclusive();
    if (const Consumer* sole = consumers_.sole()) stats.sole_consumer_tag = sole->spec.tag;
    stats.last_active = last_active_;
    tell_ages(stats);
    return stats;
}

std::uint64_t Queue::resident_bytes() const {
    std::uint64_t bytes = holdings_.footprint_bytes + letters_.holdings().footprint_bytes;
    if (quorum_ != nullptr) bytes += quorum_->letters.all.holdings().footprint_bytes;
    return bytes;
}

void Queue::visit_consumers(const ConsumerId& after, const ConsumerVisitor& visit) const {
    consumers_.for_each_behind(after, [&](const Consumer& consumer) {
        return !consumer.consuming ||
               visit(ConsumerStats{consumer.spec, consumer.unacked, consumer.active});
    });
}

const Message* Queue::head_message() const {
    return ready_.front_is_resident() ? &*ready_.front().message : nullptr;
}

}  // namespace warren::broker
