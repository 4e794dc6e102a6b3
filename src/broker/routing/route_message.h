#pragma once
// Routing of a message that is complete: for those who have no decoded header at hand.
#include <span>
#include <string>
#include <vector>

#include "base/prng.h"
#include "broker/message.h"
#include "broker/routing/route.h"

namespace warren::broker {

// From `exchange` on, by the message's own routing key and `extra_keys` (CC, BCC). Replaces what
// `out` held before. Without a deduplicator nothing is a
// duplicate.
void route_message(const Topology& topology, const ExchangeRecord& exchange, const Message& message,
                   std::span<const std::string> extra_keys, Prng& random, Route& out,
                   Deduplicator* deduplicator = nullptr);

// The keys that a message as it is stored routes by, beside its own: those of its headers CC and
// BCC, unless it was dead-lettered with a key that took their place.
std::vector<std::string> extra_keys_of(const Message& message);

}  // namespace warren::broker
