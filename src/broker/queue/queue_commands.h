#pragma once
// What sessions ask of queues (commands) and what queues tell sessions (events). All are plain
// values, the same whether the queue lives on this shard, another shard, or (later) another node:
// location is a property of the mailbox that carries them.
//
// Order: commands from one session to one queue arrive in the order sent, and so do events back. A
// delivery that crosses a cancel on its way is dropped by the session and given back by its
// Release.
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "amqp091/field_table.h"
#include "base/boxed.h"
#include "base/ids.h"
#include "broker/message.h"

namespace warren::broker {

// Where to send the confirm of one published message. sequence 0: the publisher wants none.
struct ConfirmTicket {
    ConnectionId connection;
    ChannelId channel;
    std::uint64_t sequence = 0;

    explicit operator bool() const { return sequence != 0; }
};

// A consumer: its channel and a number that the channel gives out.
struct ConsumerId {
    ConnectionId connection;
    ChannelId channel;
    std::uint32_t number = 0;

    friend auto operator<=>(const ConsumerId&, const ConsumerId&) = default;
};

// A question whose answer finds its way back to the asking connection.
struct RequestTicket {
    ConnectionId connection;
    std::uint32_t number = 0;
};

struct ConsumerSpec {
    ConsumerId id;
    std::string tag;
    std::int32_t priority = 0;   // x-priority
    std::uint32_t prefetch = 0;  // unacknowledged messages at most; 0 is no limit
    // x-consumer-timeout of a quorum queue's consumer, else the queue's; 0 is never over.
    std::optional<std::uint64_t> ack_timeout_ms = {};
    bool auto_ack = false;
    bool exclusive = false;
    bool shared_limit =
        false;  // deliver only against Grants: the channel has a global prefetch limit
    amqp091::FieldTable arguments;
};

// What becomes of an unacknowledged message. `fail`: it is requeued, and quorum queues count that
// its delivery has failed (basic.reject, which says so, where basic.nack does not).
enum class Settlement : std::uint8_t { ack, requeue, reject, fail };

// ---- commands
// -------------------------------------------------------------------------------------------------------

struct Publish {
    MessageRef message;
    ConfirmTicket ticket;
};
struct Consume {
    ConsumerSpec consumer;
    RequestTicket ticket;
};
struct Cancel {
    ConsumerId consumer;
};
// Deliveries [first, last] of this queue, all held by one channel.
struct Settle {
    DeliveryIndex first;
    DeliveryIndex last;
    Settlement settlement = Settlement::ack;
};
// The session has passed on this much of what the consumer was sent.
struct Credit {
    ConsumerId consumer;
    std::uint32_t messages = 0;
    std::uint32_t bytes = 0;
};
// Answer to GrantWanted: the channel's global prefetch has room for this many.
struct Grant {
    ConsumerId consumer;
    std::uint32_t messages = 0;
};
struct Get {
    ConsumerId holder;  // number 0: basic.get of this channel
    bool auto_ack = false;
    RequestTicket ticket;
};
struct Purge {
    RequestTicket ticket;
};
struct Delete {
    bool if_unused = false;
    bool if_empty = false;
    RequestTicket ticket;
};
// Asks for ready and consumer counts; a declare counts as use for x-expires.
struct Inspect {
    RequestTicket ticket;
    bool counts_as_use = true;
};
// A channel is gone: its consumers are cancelled and what it held is requeued in place, marked
// redelivered.
struct Release {
    ConnectionId connection;
    ChannelId channel;
};
// basic.recover: what the channel holds is requeued, its consumers stay.
struct Recover {
    ConnectionId connection;
    ChannelId channel;
};

// Where a look into a queue goes on. It is no snapshot: what moves between two looks may be seen
// twice or not at all.
struct PeekCursor {
    // Of a quorum queue what has come back stands first, in a line of its own.
    static constexpr std::uint16_t line_of_returned = 256;

    std::uint16_t level = line_of_returned;  // then the priority levels, from the highest
    // So many of the line have been seen; or the position of the last one seen of the level; or, of
    // a stream, the offset to begin at.
    std::uint64_t seen = 0;

    friend bool operator==(const PeekCursor&, const PeekCursor&) = default;
};
// What one look shows at most, or is taken out at once.
inline constexpr std::size_t peeked_messages_max = 256;
// Looks at ready messages in the order of delivery, and changes nothing.
struct Peek {
    RequestTicket ticket;
    PeekCursor from;
    std::uint32_t messages = 0;  // at most; up to peeked_messages_max
};
// The place of a ready message, as Peeked tells it: good until the message leaves the queue.
struct MessagePlace {
    std::uint8_t level = 0;
    std::uint64_t position = 0;

    friend auto operator<=>(const MessagePlace&, const MessagePlace&) = default;
};
// Takes ready messages out, wherever they stand, as that many gets; those that are not there any
// more are passed over.
struct Take {
    ConsumerId holder;
    bool auto_ack = false;
    std::vector<MessagePlace> places;  // up to peeked_messages_max
    RequestTicket ticket;
};

using QueueCommandBody = std::variant<Publish, Boxed<Consume>, Cancel, Settle, Credit, Grant, Get,
                                      Purge, Delete, Inspect, Release, Recover, Peek, Boxed<Take>>;
struct QueueCommand {
    QueueId queue;
    QueueCommandBody body;
};
static_assert(sizeof(QueueCommand) <= 64);  // one for each message between shards

// ---- events
// ---------------------------------------------------------------------------------------------------------

struct Delivery {
    DeliveryIndex index;  // meaningless for auto-ack
    MessageRef message;
    bool redelivered = false;
};
struct Deliver {
    ConsumerId consumer;
    std::vector<Delivery> deliveries;
};
// The outcome of published messages first..last of one channel: one queue has taken (or refused)
// each of them.
struct Confirm {
    ConfirmTicket first;
    std::uint64_t last = 0;
    bool accepted = true;
};
struct ConsumerCancelled {
    ConsumerId consumer;  // the queue was deleted or has left
};
// The unacknowledged time-out of a consumer (consumer_timeout) ran out: RabbitMQ closes the channel
// with 406.
struct AckTimedOut {
    ConsumerId consumer;
    DeliveryIndex index;
    // The queue has taken back what was late, and the consumer is cancelled there (quorum queues).
    bool released = false;
};
struct GrantWanted {
    ConsumerId consumer;
    QueueId queue;
};
struct GrantReturned {
    ConsumerId consumer;
    std::uint32_t messages = 0;
};

// ---- replies
// --------------------------------------------------------------------------------------------------------

enum class QueueRefusal : std::uint8_t {
    queue_gone,        // deleted meanwhile: 404
    exclusively_held,  // 403 "queue 'q' in vhost '/' in exclusive use"
    in_use,            // delete if-unused: 406
    not_empty,         // delete if-empty: 406
};
struct ConsumeOk {};
struct GetOk {
    Delivery delivery;
    std::uint64_t ready_left = 0;
};
struct GetEmpty {};
struct Purged {
    std::uint64_t messages = 0;
};
struct Deleted {
    std::uint64_t messages = 0;
};
struct Counts {
    std::uint64_t ready = 0;
    std::uint64_t consumers = 0;
};
struct PeekedMessage {
    MessageRef message;
    MessagePlace place;  // of a stream: the offset is the position
    bool redelivered = false;
};
struct Peeked {
    std::vector<PeekedMessage> messages{};
    PeekCursor next{};
    bool at_end = false;  // there is nothing behind them
};
struct Taken {
    std::vector<Delivery> deliveries;
};
using QueueReplyBody = std::variant<QueueRefusal, ConsumeOk, GetOk, GetEmpty, Purged, Deleted,
                                    Counts, Boxed<Peeked>, Taken>;
struct QueueReply {
    RequestTicket ticket;
    QueueReplyBody body;
};

using QueueEvent = std::variant<Deliver, Confirm, ConsumerCancelled, AckTimedOut, GrantWanted,
                                GrantReturned, QueueReply>;

}  // namespace warren::broker
