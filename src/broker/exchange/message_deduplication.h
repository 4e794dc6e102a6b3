#pragma once
// The arguments and headers of exchanges of type x-message-deduplication. Names and meanings are
// those of the plug-in that RabbitMQ's users know (rabbitmq_message_deduplication).
#include <cstdint>
#include <optional>

#include "amqp091/table_view.h"

namespace warren::broker {

struct ExchangeRecord;

struct DeduplicationSettings {
    std::uint64_t size_max = 0;          // x-cache-size: keys that it remembers
    std::optional<std::int64_t> ttl_ms;  // x-cache-ttl: for how long; for ever
    bool persistent = false;             // x-cache-persistence is "disk"
};

// Of the arguments that the exchange was declared with. Here policies have their say one day: they
// may change size_max and ttl_ms while the exchange lives.
DeduplicationSettings deduplication_settings(const ExchangeRecord& exchange);

// The header x-cache-ttl, which goes before the exchange's argument for this message. What is no
// integer counts as none; negative: its time is up at once.
std::optional<std::int64_t> cache_ttl_ms(amqp091::TableView headers);

}  // namespace warren::broker
