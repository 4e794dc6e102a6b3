#pragma once
// What a queue needs from the shard it lives on. Implemented by the shard (and by tests); called
// only on the queue's shard and never calls back into the queue before returning.
#include <cstdint>
#include <span>
#include <string>

#include "base/clock.h"
#include "broker/queue/crowding.h"
#include "broker/queue/queue_commands.h"

namespace warren::broker {

class QueueMachine;

// Why a message left its queue unconsumed; the words of x-death's "reason" are rejected, expired,
// maxlen, delivery_limit.
enum class DeathReason : std::uint8_t { rejected, expired, maxlen, delivery_limit };

// What a queue says to a publish. `taken_to_log`: the message is to survive a restart, so the
// publisher must not hear of it before the log of this turn is on stable storage.
enum class ConfirmOutcome : std::uint8_t { refused, taken, taken_to_log };

// What has become of a message that the node published itself.
enum class LetterOutcome : std::uint8_t {
    safe,        // every queue that it was routed to has it, as safe as that queue is
    refused,     // a queue did not take it
    unroutable,  // there was no queue to take it, or no exchange
};

// The place of a Raft entry in its group's log, and what must be kept with it.
struct RaftPlace {
    std::uint64_t index = 0;
    std::uint64_t term = 0;

    friend bool operator==(const RaftPlace&, const RaftPlace&) = default;
};

class QueueHost {
public:
    // Both clocks as of the start of this turn.
    virtual Now now() const = 0;
    // As they are this very moment: what arrives late in a turn has not waited since its start.
    virtual Now arrival_time() { return now(); }
    // Hands over deliveries for one consumer, in order. The messages are moved from.
    virtual void deliver(const ConsumerId& consumer, std::span<Delivery> deliveries) = 0;
    // One publish has been taken (or refused) by this queue. Merged into ranges by the host.
    virtual void confirm(const ConfirmTicket& ticket, ConfirmOutcome outcome) = 0;
    virtual void reply(const RequestTicket& ticket, QueueReplyBody body) = 0;
    // ConsumerCancelled, AckTimedOut, GrantWanted, GrantReturned, to the session of `consumer`.
    virtual void notify(const ConsumerId& consumer, QueueEvent event) = 0;
    // The message has died here and the queue has a dead-letter exchange: publish it there.
    // QueueMachine::letter_done() follows if `position` is not 0.
    virtual void dead_letter(const QueueMachine& queue, MessageRef message, DeathReason reason,
                             std::uint64_t position) = 0;
    // For counters of the node: a quorum queue has given a message up at its delivery limit; every
    // queue that an at-least-once dead letter was routed to has confirmed it.
    virtual void count_given_up(const QueueMachine& /*queue*/) {}
    virtual void count_letter_confirmed(const QueueMachine& /*queue*/) {}
    // The message is due: publish it from the queue's delayed exchange. letter_done() follows.
    virtual void delay_passed(const QueueMachine& queue, MessageRef message,
                              std::uint64_t position) = 0;
    // The commands of this turn become one entry of the queue's Raft group, which is to be logged
    // with this place. `last` is the place of the one before, which the log holds (index 0: none).
    // Index 0: the group has failed; nothing of this turn will ever be committed.
    virtual RaftPlace propose(const QueueMachine& queue, const RaftPlace& last) = 0;
    // The queue has deliveries to make: call QueueMachine::work() at the end of this turn.
    // Idempotent.
    virtual void request_turn(QueueMachine& queue) = 0;
    // Call QueueMachine::on_timer() at or after `when`; replaces the queue's earlier wish.
    // Instant::never() cancels.
    virtual void request_timer(QueueMachine& queue, Instant when) = 0;
    // Messages gather although there are consumers (or no more do): publishers may be read from
    // more slowly. Only when it changes.
    virtual void crowded(const QueueMachine& /*queue*/, Crowding /*crowding*/) {}
    // The queue has messages to log: call QueueMachine::log_pending() at the end of this turn,
    // after all calls of work(). Idempotent. Never called by a queue without a log.
    virtual void request_log(QueueMachine& queue) = 0;
    // Something that was stored for the queue cannot be used: what, and what it costs. For the log.
    virtual void damage_found(const QueueMachine& queue, const std::string& text) = 0;
    // The queue has reason to go (last consumer of an auto-delete queue has left, lease ran out,
    // Delete command): remove it from the topology; the queue object is destroyed once that is
    // applied. `ticket` (may be empty: connection 0) is answered with Deleted{messages} then.
    virtual void request_delete(QueueMachine& queue, const RequestTicket& ticket,
                                std::uint64_t messages) = 0;

protected:
    ~QueueHost() = default;
};

}  // namespace warren::broker
