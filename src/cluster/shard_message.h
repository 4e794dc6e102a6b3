#pragma once
// Everything that one shard tells another: a turn's messages travel as one batch through the
// mailbox of the pair, in order.
#include <cstdint>
#include <variant>
#include <vector>

#include "base/boxed.h"
#include "broker/shard_services.h"
#include "cluster/metadata_command.h"

namespace warren::cluster {

// To shard 0: put these in order and answer their tickets.
struct MetadataSubmit {
    std::shared_ptr<const MetadataRun> run;
    ShardId from;
    bool in_kept_place = false;  // the one whose turn it is; an empty run gives it up
};
// To shard 0: keep a place in the order, and answer the ticket when it is its turn. Until the run
// for it has come, nothing else is put in order.
struct MetadataPlace {
    broker::RequestTicket ticket;
    ShardId from;
};
// From shard 0: the command with this place in the order.
struct MetadataApply {
    std::uint64_t index = 0;
    bool kept = false;  // counts after a restart, and is on its way to the disk
    SharedCommand command;
};
// To shard 0: this shard has applied everything up to `index`.
struct MetadataApplied {
    ShardId shard;
    std::uint64_t index = 0;
};
// From shard 0: the disk has all commands up to `index`.
struct MetadataDurable {
    std::uint64_t index = 0;
};
// From shard 0: in force everywhere, or refused.
struct MetadataAnswer {
    broker::RequestTicket ticket;
    broker::TopologyOutcome outcome;
};
struct AdmissionRequest {
    broker::Admission admission;
    broker::RequestTicket ticket;
};
struct AdmissionEnd {
    broker::Admission admission;
};
struct AdmissionAnswer {
    broker::RequestTicket ticket;
    broker::AdmissionOutcome outcome;
};
struct DirectReply {
    broker::ConsumerId consumer;
    broker::MessageRef message;
};
struct ReplyConsumerProbe {
    broker::ConsumerId consumer;
    std::string address;
    broker::RequestTicket ticket;
};
// Messages that follow one another from one channel to one queue (Outbox).
struct PublishRun {
    struct Item {
        broker::MessageRef message;
        std::uint64_t sequence = 0;  // of the ticket; 0: the publisher wants no confirm
    };

    QueueId queue;
    ConnectionId connection;
    ChannelId channel;
    std::vector<Item> items;
};
// To the shard that keeps the history of an x-recent-history exchange.
struct RememberMessage {
    std::uint64_t exchange_number = 0;
    std::string vhost;
    std::string exchange;
    broker::MessageRef message;
};

// To the home of the vhost's exchanges of type x-message-deduplication.
struct RouteDeduplicated {
    broker::DeduplicatedPublish publish;
};
// There too: to be sent on, behind what came before.
struct SendOn {
    broker::QueueAddress to;
    broker::QueueCommandBody command;
};
// From there: no queue was reached.
struct MessageReturned {
    broker::DeduplicatedPublish::Publisher publisher;
    broker::MessageRef message;
};

// To all: the log of that shard has fallen behind (or has caught up); publishers wait.
struct LogCongestion {
    ShardId shard;
    bool congested = false;
};

// To those who publish to it: how far the consumers of that queue are behind.
struct QueueCrowding {
    QueueId queue;
    broker::Crowding crowding = broker::Crowding::none;
};

// Small, because a busy shard sends one for each message; what is large is rare, and boxed.
using ShardMessage =
    std::variant<broker::QueueCommand, broker::QueueEvent, PublishRun, MetadataSubmit,
                 MetadataPlace, MetadataApply, MetadataApplied, MetadataDurable,
                 Boxed<MetadataAnswer>, Boxed<AdmissionRequest>, Boxed<AdmissionEnd>,
                 Boxed<AdmissionAnswer>, DirectReply, Boxed<ReplyConsumerProbe>,
                 Boxed<RememberMessage>, LogCongestion, Boxed<RouteDeduplicated>, Boxed<SendOn>,
                 MessageReturned, QueueCrowding>;
static_assert(sizeof(ShardMessage) <= 72);
using ShardBatch = std::vector<ShardMessage>;

// The way from this shard to the others.
class Interconnect {
public:
    // Takes the whole batch (leaving it empty) or, when the mailbox is full, nothing.
    virtual bool post(ShardId to, ShardBatch& batch) = 0;

protected:
    ~Interconnect() = default;
};

}  // namespace warren::cluster
