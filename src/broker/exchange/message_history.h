#pragma once
// What exchanges of type x-recent-history remember. One shard keeps the history of an exchange for
// the whole node (home_of()): publishers' shards send it each message that Route::remembering()
// asks for, and when that shard's replica tells of a new binding whose source is such an exchange,
// it publishes messages_of() to the binding's destination, oldest first.
#include <deque>
#include <unordered_map>

#include "broker/message.h"
#include "broker/topology/records.h"

namespace warren::broker {

class MessageHistory {
public:
    static ShardId home_of(ExchangeId exchange, std::size_t shard_count) {
        return {static_cast<std::uint16_t>(exchange.value % shard_count)};
    }

    // Forgets the oldest when the exchange remembers its length already.
    void remember(const ExchangeRecord& exchange, MessageRef message);
    // When the exchange is deleted.
    void forget(ExchangeId exchange) { exchanges_.erase(exchange); }
    const std::deque<MessageRef>& messages_of(ExchangeId exchange) const;  // oldest first

private:
    std::unordered_map<ExchangeId, std::deque<MessageRef>> exchanges_;
};

}  // namespace warren::broker
