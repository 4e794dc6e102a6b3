#pragma once
// Messages that a shard publishes itself: dead letters, delayed messages that are due, replays of
// an exchange's history. Like any publisher's they are routed, handed to queues on whatever shard,
// and confirmed by each of them; the queue that a message comes from hears what has become of it.
//
//   post()            at any time, also from within a call of a queue
//   publish_posted()  once a turn: routes and publishes what was posted before
//   settle()          a confirm for connection() has come
//   tell_done()       once a turn: passes on what is known by now
//
// Invariant: what was posted with a source is told exactly once, if all queues that got it confirm
// (a queue that is gone is answered for by its shard).
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/sliding_map.h"
#include "broker/queue/queue_host.h"
#include "broker/routing/route.h"
#include "broker/shard_services.h"

namespace warren::cluster {

class ShardPublisher {
public:
    // Who is to hear what becomes of a message: QueueMachine::letter_done(). Nobody if the position
    // is 0; then nobody is asked to confirm either.
    struct Source {
        QueueId queue;
        std::uint64_t position = 0;
    };
    struct Outgoing {
        std::string vhost;
        std::string exchange;
        broker::MessageRef message;
        std::vector<std::string> extra_keys;       // to route by beside the message's own
        std::vector<std::string> excluded_queues;  // names of queues that must not get it
        Source source;
    };

    // `shard` outlives it, and its topology is there before the first publish_posted().
    ShardPublisher(broker::ShardServices& shard, ShardId home)
        : shard_(shard), connection_(ConnectionId::of_node(home)) {}

    // Confirms for this connection are to come to settle().
    ConnectionId connection() const { return connection_; }
    // A turn is wanted.
    bool has_work() const { return !outgoing_.empty() || !done_.empty(); }
    // Messages that wait for confirms.
    std::size_t waiting() const { return waiting_.size(); }

    void post(Outgoing message) { outgoing_.push_back(std::move(message)); }
    void publish_posted();
    // At once. Where duplicates are looked for, and only there, with a deduplicator.
    void publish_now(Outgoing&& message, broker::Deduplicator& deduplicator) {
        publish(std::move(message), &deduplicator);
    }
    void settle(const broker::Confirm& confirm);
    // Calls tell(source, outcome); it may post().
    template <typename Tell>
    void tell_done(Tell&& tell) {
        for (const auto& [source, outcome] : std::exchange(done_, {}))
            tell(source, outcome);
    }

private:
    struct Waiting {
        Source source;
        std::uint32_t remaining = 0;  // queues that have not confirmed yet
        bool refused = false;
        bool vacant() const { return remaining == 0; }
    };

    void publish(Outgoing&& message, broker::Deduplicator* deduplicator);
    // The queues that get it, in targets_.
    void find_targets(const Outgoing& message, const broker::ExchangeRecord& exchange,
                      broker::Deduplicator* deduplicator);
    void pass_to_deduplication(Outgoing&& message, const broker::ExchangeRecord& exchange);
    // For a message that so many will confirm; empty if nobody wants to hear.
    broker::ConfirmTicket ticket_for(const Source& source, std::size_t confirms);

    broker::ShardServices& shard_;
    ConnectionId connection_;
    std::vector<Outgoing> outgoing_;
    SlidingMap<Waiting> waiting_;  // by the sequence number of their tickets
    std::vector<std::pair<Source, broker::LetterOutcome>> done_;
    broker::Route route_;
    std::vector<broker::QueueAddress> targets_;  // working lists, kept for their memory
    std::vector<std::uint64_t> complete_;
};

}  // namespace warren::cluster
