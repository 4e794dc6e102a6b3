#pragma once
// What is known about one queue and one exchange: everything that listings show and that routing
// needs. Records belong to a Topology replica, which alone changes them; everybody else holds
// `const` references until the replica's next change.
#include <memory>
#include <string>

#include "base/ids.h"
#include "broker/exchange/exchange_types.h"
#include "broker/queue/queue_type.h"
#include "broker/topology/binding.h"

namespace warren::broker {

using ExchangeId = Id<struct ExchangeTag, std::uint64_t>;

struct ExchangeRecord;

struct QueueRecord : Destination {
    QueueRecord(QueueId id, Vhost& in_vhost, std::string queue_name)
        : Destination(DestinationKind::queue, id.value, in_vhost, std::move(queue_name)) {}

    QueueId id() const { return {number}; }
    bool exclusive() const { return bool{owner}; }
    // RabbitMQ's "lax" rule: others may use a queue that is not exclusive.
    bool open_to(ConnectionId connection) const { return !exclusive() || owner == connection; }
    bool is_delay_queue() const { return delays_for != nullptr; }

    QueueType type = QueueType::classic;
    ShardId shard;                      // where the queue lives
    ConnectionId owner;                 // of an exclusive queue
    // Messages wait here until they may go on from this exchange, of which the queue is a part.
    ExchangeRecord* delays_for = nullptr;
    const std::string* user = nullptr;  // who declared it
};

struct ExchangeRecord : Destination {
    ExchangeRecord(ExchangeId id, Vhost& in_vhost, std::string exchange_name)
        : Destination(DestinationKind::exchange, id.value, in_vhost, std::move(exchange_name)) {}

    ExchangeId id() const { return {number}; }
    bool is_default() const { return name.empty(); }

    const ExchangeType* type = nullptr;
    bool internal = false;
    bool doomed = false;  // is about to be removed
    bool has_alternate = false;
    std::string alternate_exchange;
    QueueRecord* delay_queue = nullptr;  // only, and always, of type x-delayed-message
    const std::string* user = nullptr;
    OutboundBindings outbound;
    std::uint32_t exchange_destinations = 0;  // bindings in `outbound` that lead to exchanges
    std::unique_ptr<ExchangeRouter> router;   // null for the default exchange

    // Memo of depends_only_on_key(), good for one version of the vhost.
    mutable std::uint64_t key_only_version = 0;
    mutable bool key_only = false;
    // Memo of passes_deduplication(), likewise.
    mutable bool deduplicates = false;
    mutable std::uint64_t deduplicates_version = 0;
};

}  // namespace warren::broker
