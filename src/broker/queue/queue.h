#pragma once
// The classic queue: a machine on one shard without threads, sockets or clocks. Commands go in as
// calls, what follows goes out through QueueHost.
//
// Life of a message: publish() takes it into the ready list; work(), at the end of the turn, hands
// it to a consumer, and either it is gone (auto-ack) or waits among the unacked until a settle
// removes it or puts it back in its place. Whatever shows the state of the queue (get, inspect,
// purge, a length limit) first catches up with the deliveries that the end of the turn would make,
// so that batching is never seen from outside.
//
// A queue may have a log on disk (attach()). Messages that are to survive a restart are logged as
// late as possible in the turn they came in: before a consumer that acknowledges gets them, or else
// by log_pending(). Those that left before were never written. Whatever the log knows is settled
// when it leaves, but for the deletion of the queue. The log may take messages out of the middle of
// the ready list and bring them back; nobody outside of ReadyList notices.
//
// Parts, one idea each: ReadyList (order, priorities, deadlines, paging), Unacked, Consumers (whose
// turn, windows), LengthLimits, Lease, AckTimeouts, QueueStore (messages as entries of the log),
// Letters (what has died and is not safe elsewhere yet), QueueKeys (who is a duplicate). This class
// joins them and holds no order of its own.
//
// Invariants: a message is ready or unacked or a letter or gone. Nothing is ready that has expired
// before this turn once work() is done. Where a length limit drops, the ready list is within it
// after each command. Positions are logged in rising order: all that is to be logged up to
// logged_through_ is, and nothing above.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/shard_bound.h"
#include "broker/deduplication/queue_keys.h"
#include "broker/queue/ack_timeouts.h"
#include "broker/queue/consumers.h"
#include "broker/queue/discarded.h"
#include "broker/queue/holdings.h"
#include "broker/queue/lease.h"
#include "broker/queue/length_limits.h"
#include "broker/queue/letters.h"
#include "broker/queue/message_measure.h"
#include "broker/queue/queue_ages.h"
#include "broker/queue/queue_machine.h"
#include "broker/queue/queue_store.h"
#include "broker/queue/quorum_ledger.h"
#include "broker/queue/ready_list.h"
#include "broker/queue/unacked.h"

namespace warren::broker {

class Queue final : public QueueMachine, private storage::EntryOwner {
public:
    // The host must outlive the queue. A lease (x-expires) runs from now.
    Queue(QueueId id, std::string vhost, std::string name, QueueSettings settings, QueueHost& host);

    // ---- QueueMachine ----
    // The length limits hold afterwards; what has expired meanwhile goes with the next turn.
    void attach(const OpenLog& open_log, QueueStoreOptions options) override;
    bool has_log() const override { return store_ != nullptr; }
    void attach_keys(const OpenLog& open_log) override;
    void apply(QueueCommandBody&& command) override;
    void publish(MessageRef message, const ConfirmTicket& ticket) override;
    void work() override;
    void on_timer() override;
    std::uint64_t log_pending() override;
    // queue_quorum.cpp
    void committed(std::uint64_t mark) override;
    void letter_done(std::uint64_t position, LetterOutcome outcome) override;
    // Transient messages too, but for a few that have just come.
    void spill() override;
    // queue_rest.cpp
    Rest rest() const override;
    QueuePast past() const override;
    void resume(const QueuePast& past) override;
    void update_settings(QueueSettings settings) override;
    void shut_down() override;
    bool free_some() override;
    std::uint64_t delivered_through() override;
    QueueStats stats() const override;
    std::uint64_t resident_bytes() const override;
    void check_invariants() override;

    // ---- commands ----
    void consume(Consume&& command);
    void cancel(const Cancel& command);
    void settle(const Settle& command);
    void credit(const Credit& command);
    void grant(const Grant& command);
    void get(const Get& command);
    void purge(const Purge& command);
    void remove(const Delete& command);
    void inspect(const Inspect& command);
    void release(const Release& command);
    void recover(const Recover& command);
    // queue_peek.cpp
    void peek(const Peek& command);
    void take(const Take& command);

    // ---- views ----
    // The message that would be delivered next, for head_message_timestamp; null when none is
    // ready, or the log alone holds it.
    const Message* head_message() const;
    void visit_consumers(const ConsumerId& after, const ConsumerVisitor& visit) const override;

private:
    // ---- storage::EntryOwner (queue_storage.cpp) ----
    void collect(std::uint64_t after, std::uint64_t through, storage::EntrySink& sink) override;
    void paged_out(std::uint64_t after, std::uint64_t through,
                   std::vector<storage::EntryPlace>& kept) override;
    void lost(std::uint8_t level, std::uint64_t entries, std::uint64_t body_bytes) override;

    // queue_storage.cpp
    // The message has left the queue; the log and the keys must know. `Held`: ReadyMessage or
    // UnackedMessage.
    template <typename Held>
    void settle_in_log(const Held& held, Departure why) {
        if (quorum_ != nullptr) note_departure(held.position, why);
        if (held.logged) store_->log().settle(level_of(*held.message), held.position);
        if (keys_ != nullptr) keys_->leave(*held.message, held.position);
    }
    // What is to be logged of what has arrived so far; a quorum queue logs whole turns only.
    void log_arrivals();
    void discard(ReadyList&& discarded);
    void check_log_invariants();

    // queue.cpp
    void ask_turn();
    void ask_log();
    void arm_timer();
    void ask_delete(const RequestTicket& ticket);
    // What a consumer's leaving may bring about: the end of an auto-delete queue, or the start of
    // its lease.
    void after_consumer_left();

    // queue_messages.cpp: arrival, death, return
    // True if a publish of that size is over the limit and must be nacked.
    bool refuses(std::uint64_t body_bytes);
    ReadyMessage admit(MessageRef message);
    std::uint8_t level_of(const Message& message) const { return measure_.level_of(message); }
    Instant deadline_of(const Message& message) const;
    void drop_excess();
    // Requeues those entries of [first, last] that wanted(entry) picks. `failed`: their deliveries
    // were no success.
    void requeue(DeliveryIndex first, DeliveryIndex last, bool failed,
                 const std::function<bool(const UnackedMessage&)>& wanted);
    void requeue_channel(ConnectionId connection, ChannelId channel, bool failed);
    // What was unacknowledged, as it waits again.
    ReadyMessage returned(UnackedMessage&& entry) const;

    // queue.cpp: what is asked of a queue, once it may show its state
    void answer(const Get& command);
    void answer(const Purge& command);
    // True if the queue goes and may be gone already.
    bool answer(const Delete& command);
    void answer(const Inspect& command);

    // queue_quorum.cpp; only if quorum_ is there
    void publish_to_quorum(MessageRef message, const ConfirmTicket& ticket);
    void enter_committed(ReadyMessage&& ready, const ConfirmTicket& ticket);
    // The end of the turn: what it has done is one Raft entry. The mark of the arrivals; 0: none.
    std::uint64_t log_turn();
    void fail_turn();
    // True: the command waits for messages that came before it and are not committed yet.
    template <typename Command>
    bool waits_for_commit(const Command& command);
    // As answer(Delete).
    bool run_deferred(QueueCommandBody&& command);
    void refuse_deferred();
    void note_departure(std::uint64_t position, Departure why);
    void change_note(std::uint64_t position, std::uint8_t level, const MessageNote& note);
    // A delivery has come back. It waits again, or for a while, or it was the last one.
    void take_return(UnackedMessage&& entry, bool failed);
    void end_delays(Instant now);
    // Never before this does the ledger need a timer.
    Instant next_ledger_event() const;
    // Takes back what is late of what was delivered before `end`; true if consumers have left.
    bool release_late(DeliveryIndex end, Instant now);
    // How long a message is not delivered again that has come back with this note.
    std::optional<std::uint64_t> retry_delay_ms(const MessageNote& note, bool failed) const;
    // The message as a consumer sees it: its header tells how often it has come back.
    MessageRef with_counts(const Message& message, const MessageNote& note) const;
    std::uint64_t counted_length() const;
    std::uint64_t counted_bytes() const;
    void look_at_limit();
    // queue_assured_letters.cpp
    // Dead letters stay here until they are safe elsewhere.
    bool assures_letters() const;
    void keep_letter(Letter&& letter);
    void send_letters();
    void assured_letter_done(std::uint64_t position, LetterOutcome outcome);
    void retry_letters(Instant now);
    void drop_letters(Departure why);
    // queue_quorum_storage.cpp
    void restore_ledger();
    void restore_noted(std::uint64_t position, const MessageNotes::Noted& noted);
    std::uint64_t purge_ledger();
    void check_ledger_invariants();
    // What the log knows and is neither ready nor unacknowledged: visit(ReadyMessage or Letter).
    template <typename Visitor>
    void for_each_in_ledger(Visitor&& visit) const {
        if (quorum_ == nullptr) return;
        quorum_->window.for_each_logged(visit);
        quorum_->delayed.for_each(visit);
        quorum_->letters.all.for_each(visit);
    }

    // queue_letters.cpp
    // The message has left the queue unconsumed: to the dead-letter exchange, if there is one. What
    // is to survive a restart must be logged before, lest it be lost on its way.
    void bury(Letter&& letter);
    // A message that has not been taken goes there.
    void bury_refused(MessageRef message);
    void letter_has_left(const Letter& letter);
    bool is_to_be_logged(const Message& message) const;

    // queue_deduplication.cpp
    // False: a message with its key is here already. It has been refused, and goes where refused
    // ones go.
    bool admit_key(MessageRef& message, const ConfirmTicket& ticket, bool kept);
    // All that was ready has left, in whatever way.
    void drop_ready_keys();
    void switch_deduplication();

    // queue_age_stats.cpp
    // At the end of a turn or a command that may leave messages waiting or unacknowledged.
    void look_at_ages(Instant now) {
        if (ages_ != nullptr || !ready_.empty() || !unacked_.empty()) note_ages(now);
    }
    void note_ages(Instant now);
    void tell_ages(QueueStats& stats) const;
    // What is settled from that index on may have to be counted.
    bool counts_settled_from(DeliveryIndex first) const {
        return ages_ != nullptr && !ages_->unacked.all_young_from(first.value, host_.now().instant);
    }
    void note_settled(DeliveryIndex index) {
        ages_->unacked.leave(index.value, host_.now().instant, ages_->counts.held);
    }

    // queue_delivery.cpp: the end of the turn
    // Delivers what consumers can take and expires the rest, so that the command at hand finds the
    // state that RabbitMQ, which delivers at once, would show it.
    void catch_up();
    // Both return what is left of the budget.
    std::size_t match(std::size_t budget);
    std::size_t expire(Instant until, std::size_t budget);
    void gather(Consumer& consumer);
    void flush_batches();
    // `holder` null: the message needs no acknowledgement and is gone.
    Delivery hand_out(ReadyMessage&& ready, Consumer* holder);
    void ask_grant(Consumer& consumer);
    void return_grants(Consumer& consumer);
    void return_all_grants();
    // Tells the host whether consumers are behind.
    void look_at_crowd();
    // True if consumers have left.
    bool report_late_acks();
    AckTimes ack_times() const;
    std::uint64_t ack_timeout_of(const Consumer& consumer) const;

    ShardBound home_;
    LengthLimits limits_;
    MessageMeasure measure_;
    ReadyList ready_;
    Unacked unacked_;
    Letters letters_;
    Consumers consumers_;
    Lease lease_;
    AckTimeouts ack_timeouts_;
    std::unique_ptr<QuorumLedger> quorum_;  // null: a classic queue
    std::unique_ptr<QueueStore> store_;     // null: all is in memory only
    std::unique_ptr<QueueKeys> keys_;       // null: nothing is a duplicate
    std::unique_ptr<QueueAges> ages_;       // null: nothing has waited since the queue woke
    Discarded discarded_;
    std::vector<ConsumerSlot> batched_;      // consumers with a batch to flush
    std::vector<UnackedMessage> returning_;  // requeue()'s working list, kept for its memory

    std::uint64_t next_position_ = 1;
    std::uint64_t logged_through_ = 0;
    std::uint32_t grants_out_ = 0;  // consumers that hold grants
    bool had_consumer_ = false;
    bool turn_asked_ = false;
    Crowding crowding_ = Crowding::none;
    bool log_asked_ = false;            // and so there may be something to log
    bool leaving_ = false;              // request_delete was called, or shut_down()
    Instant timer_ = Instant::never();  // what the host was last asked for
    Instant last_active_;
    Holdings holdings_;
    QueueCounters counters_;
};

}  // namespace warren::broker
