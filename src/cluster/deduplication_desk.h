#pragma once
// Where messages are looked through for duplicates: the exchanges of type x-message-deduplication
// of a vhost have one home shard, and a message that can reach one of them is routed there and
// nowhere else, so that all that routing means (each queue once, mandatory, alternate exchanges)
// stays what it is. This is that shard's part, for all vhosts that are at home on it.
//
// A message that is passed on is the original of its keys from then on, but they go to disk only
// when every queue has it safe; if one has refused it they are forgotten, so that it can be
// published again. A duplicate is confirmed when its original is, and as its original is.
//
// publish() routes at once. done() is called, once and later, for each message that was handed to
// the ShardPublisher; with that its publisher is answered.
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/sliding_map.h"
#include "broker/deduplication/deduplication_cache.h"
#include "broker/deduplication/deduplicator.h"
#include "broker/exchange/message_deduplication.h"
#include "broker/queue/queue_host.h"
#include "broker/shard_services.h"
#include "broker/topology/records.h"
#include "cluster/shard_publisher.h"

namespace warren::cluster {

class DeduplicationDesk final : private broker::Deduplicator {
public:
    // Who hears of the end.
    class Events {
    public:
        // A message with a ticket is where it belongs, or was refused there.
        virtual void published(const broker::ConfirmTicket& ticket, bool accepted) = 0;
        // A mandatory message has reached no queue; before its confirm.
        virtual void unroutable(const broker::DeduplicatedPublish::Publisher& publisher,
                                const broker::MessageRef& message) = 0;

    protected:
        ~Events() = default;
    };

    // As source of messages it has a number that no queue has.
    static constexpr QueueId source_number{UINT64_MAX};

    // All that is referred to outlives it.
    DeduplicationDesk(broker::ShardServices& shard, ShardPublisher& publisher, Events& events)
        : shard_(shard), publisher_(publisher), events_(events) {}

    // An exchange that is at home here. `open_log` is empty if its keys are not kept.
    void add(const broker::ExchangeRecord& exchange, const broker::OpenLog& open_log);
    // Any exchange is about to go.
    void remove(broker::ExchangeId exchange);

    void publish(broker::DeduplicatedPublish&& message);
    void done(std::uint64_t number, broker::LetterOutcome outcome);

    // Null if it is not at home here.
    const broker::DeduplicationCache* find_cache(broker::ExchangeId exchange) const;
    // Messages that have not been answered.
    std::size_t waiting() const { return waiting_.size(); }

private:
    struct Exchange {
        explicit Exchange(const broker::DeduplicationSettings& said)
            : settings(said), cache(said.size_max) {}

        broker::DeduplicationSettings settings;
        broker::DeduplicationCache cache;
    };
    struct Key {
        broker::ExchangeId exchange;
        broker::DeduplicationKey key;
    };
    struct Waiting {
        broker::ConfirmTicket ticket;
        broker::DeduplicatedPublish::Publisher publisher;
        broker::MessageRef message;             // only if it is mandatory
        std::vector<Key> keys;                  // of which it is the original
        std::vector<std::uint64_t> duplicates;  // messages that wait for this one
        std::uint32_t originals = 0;            // messages that this one waits for
        bool taken = false;                     // false: the place is vacant
        bool done = false;
        bool refused = false;
        bool duplicate = false;  // some exchange has found it to be one
        bool unroutable = false;
        bool vacant() const { return !taken; }
    };

    bool is_duplicate(const broker::ExchangeRecord& exchange,
                      const amqp091::ContentHeader& header) override;
    void complete(std::uint64_t number);
    void answer(const Waiting& message);
    void settle_keys(std::uint64_t number, const Waiting& message);

    broker::ShardServices& shard_;
    ShardPublisher& publisher_;
    Events& events_;
    std::unordered_map<broker::ExchangeId, Exchange> exchanges_;
    SlidingMap<Waiting> waiting_;
    std::uint64_t routing_ = 0;  // the message that is being routed
};

}  // namespace warren::cluster
