#pragma once
// The hash that spreads messages over destinations. The same on every node and in every release:
// a message's place must not move when a node is upgraded.
#include <cstdint>
#include <string_view>

#include "broker/exchange/exchange_router.h"

namespace warren::broker {

std::uint64_t key_hash(std::string_view key);
// Of all routing keys of a message, in order.
std::uint64_t key_hash(const RoutingInput& input);

}  // namespace warren::broker
