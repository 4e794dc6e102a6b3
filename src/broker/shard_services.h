#pragma once
// The two sides of a shard as sessions and the shard's node see one another. The node
// (cluster/shard_node) implements ShardServices; the table of sessions (session/session_table)
// implements SessionEvents. Both live on one shard and are called on it only; answers may come
// before the asking call returns.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "amqp091/reply_code.h"
#include "base/clock.h"
#include "base/prng.h"
#include "base/result.h"
#include "broker/actor.h"
#include "broker/events/event.h"
#include "broker/queue/crowding.h"
#include "broker/queue/queue_commands.h"
#include "broker/topology/topology_command.h"

namespace warren::broker {

class Topology;
struct ExchangeRecord;
struct Vhost;

// Where a queue lives.
struct QueueAddress {
    QueueId queue;
    ShardId shard;

    friend auto operator<=>(const QueueAddress&, const QueueAddress&) = default;
};

using TopologyOutcome = Result<TopologyResult, amqp091::AmqpError>;

// A connection (channel 0) or a channel that wants to be counted in.
struct Admission {
    ConnectionId connection;
    ChannelId channel;
    std::string user;
    std::string vhost;
};
using AdmissionOutcome = Result<void, amqp091::AmqpError>;

// A message for an exchange from which one of type x-message-deduplication can be reached
// (passes_deduplication()): it is routed on the home shard of those.
struct DeduplicatedPublish {
    // A channel, which may have been closed and opened again under its number.
    struct Publisher {
        ConnectionId connection;
        ChannelId channel;
        std::uint32_t incarnation = 0;
    };

    std::string vhost;
    std::string exchange;
    std::uint64_t exchange_number = 0;
    MessageRef message;
    std::vector<std::string> extra_keys;       // to route by beside the message's own
    std::vector<std::string> excluded_queues;  // names of queues that must not get it
    // One confirm follows for all queues together, if it has a sequence.
    ConfirmTicket ticket;
    Publisher publisher;
    bool mandatory = false;  // SessionEvents::on_unroutable if it reaches no queue
};

// When a change is answered: once it is in force on every shard, or once it is on disk as well, if
// it counts after a restart.
enum class AnswerWhen : std::uint8_t { in_force, safe };

// What a client has asked for in one go, in this order. When one change is refused, those of the
// same channel behind it are neither made nor answered; if the refusal closes the connection, none
// is.
struct TopologyRequest {
    TopologyCommand command;
    RequestTicket ticket;  // none: nobody wants to know
    ChannelId channel{};
    AnswerWhen when = AnswerWhen::safe;
    ActorRef actor = {};
};
using TopologyRun = std::vector<TopologyRequest>;

class ShardServices {
public:
    // Both clocks as of the start of this turn.
    virtual Now now() const = 0;
    // This shard's replica of what exists. References into it are good until the next call of
    // submit(), submit_run() or the end of the turn.
    virtual const Topology& topology() const = 0;
    virtual Prng& random() = 0;
    virtual std::size_t shard_count() const = 0;
    // Puts changes to all shards in order; SessionEvents::on_topology_outcome follows for each.
    virtual void submit_run(TopologyRun run) = 0;
    void submit(TopologyCommand command, const RequestTicket& ticket, AnswerWhen when,
                ActorRef actor = {}) {
        TopologyRun run;
        run.push_back({std::move(command), ticket, {}, when, std::move(actor)});
        submit_run(std::move(run));
    }
    // Sends one command to a queue, on whatever shard it lives. Commands to one queue arrive in the
    // order sent.
    virtual void send(const QueueAddress& queue, QueueCommandBody command) = 0;
    // The hot path of send().
    virtual void publish(const QueueAddress& queue, MessageRef message,
                         const ConfirmTicket& ticket) = 0;
    // Hands a message straight to a channel (direct reply-to), which drops it if its reply consumer
    // has gone.
    virtual void reply_directly(const ConsumerId& consumer, MessageRef message) = 0;
    // Does this address still have its consumer? Answered like a queue's Inspect: Counts or
    // queue_gone.
    virtual void probe_reply_consumer(const ConsumerId& consumer, std::string address,
                                      const RequestTicket& ticket) = 0;
    // Routes a message through exchanges of this vhost that know duplicates.
    virtual void publish_deduplicated(const Vhost& vhost, DeduplicatedPublish message) = 0;
    // Sends a command by way of the shard where those messages of this vhost are routed: it arrives
    // behind what was published there before.
    virtual void send_behind(const Vhost& vhost, const QueueAddress& queue,
                             QueueCommandBody command) = 0;
    // An exchange of type x-recent-history wants to keep the message for later bindings.
    virtual void remember(const ExchangeRecord& exchange, MessageRef message) = 0;
    // Counts a connection or channel against the limits of node, vhost and user; answered by
    // SessionEvents::on_admission. end_admission() takes it back; for a connection, with all its
    // channels. It may be called while the answer is still due.
    virtual void request_admission(Admission admission, const RequestTicket& ticket) = 0;
    virtual void end_admission(Admission admission) = 0;
    // Somebody listens to what happens: only then need an event be made.
    virtual bool wants_events() const { return false; }
    // Published to the event exchange at the end of the turn.
    virtual void emit(Event) {}
    // For the audit log.
    virtual void note(const Actor&, const Deed&) {}
    // Messages wait for other shards beyond the bound: publishers of this shard are not read from
    // until it falls again.
    virtual bool congested() const = 0;
    // How far the consumers of this queue, of whatever shard, are behind.
    virtual Crowding crowding_of(QueueId queue) const = 0;

protected:
    ~ShardServices() = default;
};

class SessionEvents {
public:
    // The messages are moved from.
    virtual void on_deliver(const ConsumerId& consumer, std::span<Delivery> deliveries) = 0;
    virtual void on_event(QueueEvent event) = 0;
    virtual void on_direct_reply(const ConsumerId& consumer, const MessageRef& message) = 0;
    // A mandatory message of publish_deduplicated() comes back.
    virtual void on_unroutable(const DeduplicatedPublish::Publisher& publisher,
                               const MessageRef& message) = 0;
    // Is there a consumer for direct replies to this address?
    virtual bool has_reply_consumer(const ConsumerId& consumer, std::string_view address) = 0;
    virtual void on_topology_outcome(const RequestTicket& ticket, TopologyOutcome outcome) = 0;
    virtual void on_admission(const RequestTicket& ticket, AdmissionOutcome outcome) = 0;

protected:
    ~SessionEvents() = default;
};

}  // namespace warren::broker
