#include "broker/exchange/exchange_types.h"

#include <algorithm>

namespace warren::broker {

namespace {

constexpr const ExchangeType* exchange_types[] = {
    &direct_exchange,          &fanout_exchange,          &topic_exchange,
    &headers_exchange,         &local_random_exchange,    &modulus_hash_exchange,
    &random_exchange,          &consistent_hash_exchange, &recent_history_exchange,
    &delayed_message_exchange,
    &message_deduplication_exchange,
};

}  // namespace

const ExchangeType* find_exchange_type(std::string_view name) {
    const auto* const* found = std::ranges::find(exchange_types, name, &ExchangeType::name);
    return found == std::end(exchange_types) ? nullptr : *found;
}

std::span<const ExchangeType* const> all_exchange_types() {
    return exchange_types;
}

}  // namespace warren::broker
