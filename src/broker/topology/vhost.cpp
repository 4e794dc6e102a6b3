#include "broker/topology/vhost.h"

namespace warren::broker {

std::size_t BindingHash::operator()(const BindingIdentity& identity) const {
    constexpr std::size_t spread = 0x9e37'79b9'7f4a'7c15ULL;
    std::size_t hash = std::hash<std::string_view>{}(identity.key);
    hash = (hash ^ identity.source->number) * spread;
    hash = (hash ^ identity.destination->number) * spread;
    hash ^= std::hash<const void*>{}(identity.arguments) * spread;
    return hash ^ (hash >> 32);
}

const ExchangeRecord* Vhost::find_exchange(std::string_view exchange_name) const {
    auto found = exchanges.find(exchange_name);
    return found == exchanges.end() ? nullptr : found->get();
}

const QueueRecord* Vhost::find_queue(std::string_view queue_name) const {
    auto found = queues.find(queue_name);
    return found == queues.end() ? nullptr : found->get();
}

}  // namespace warren::broker
