#include "broker/routing/route_message.h"

#include <vector>

#include "amqp091/content_header.h"
#include "base/ensure.h"

namespace warren::broker {

void route_message(const Topology& topology, const ExchangeRecord& exchange, const Message& message,
                   std::span<const std::string> extra_keys, Prng& random, Route& out,
                   Deduplicator* deduplicator) {
    const auto header = amqp091::ContentHeader::decode(message.header());
    ENSURE(header.has_value());  // checked when the message was made
    const std::vector<std::string_view> keys(extra_keys.begin(), extra_keys.end());
    route(topology, exchange,
          {.routing_key = message.routing_key(),
           .extra_keys = keys,
           .header = &*header,
           .random = &random,
           .deduplicator = deduplicator},
          out);
}

}  // namespace warren::broker
