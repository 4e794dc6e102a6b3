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

std::vector<std::string> extra_keys_of(const Message& message) {
    if (message.traits().deaths == DeathMark::rerouted) return {};
    const auto header = amqp091::ContentHeader::decode(message.header());
    ENSURE(header.has_value());  // checked when the message was made
    std::vector<std::string> keys;
    const auto copies = header->headers().find("CC");
    if (copies && copies->type == amqp091::FieldType::array)
        amqp091::ArrayView(*copies).for_each([&](const amqp091::FieldView& item) {
            if (const auto key = item.as_text()) keys.emplace_back(*key);
        });
    for (std::string& key : message.hidden_keys())
        keys.push_back(std::move(key));
    return keys;
}

}  // namespace warren::broker
