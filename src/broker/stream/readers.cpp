#include "broker/stream/readers.h"

#include <algorithm>

#include "base/ensure.h"

namespace warren::broker {

namespace {

constexpr unsigned number_bits = 40;
constexpr std::uint64_t number_mask = (std::uint64_t{1} << number_bits) - 1;

}  // namespace

void Reader::take(const MessageRef& message) {
    Delivery& delivery = batch.emplace_back();
    delivery.message = message.share();
    ++passing_messages;
    passing_bytes += message->body_bytes();
    if (spec.auto_ack) return;
    delivery.index = {std::uint64_t{slot} << number_bits | next_number++};
    ++unacked;
}

std::uint64_t Readers::unacked() const {
    std::uint64_t unacked = 0;
    for (const auto& [id, reader] : readers_)
        unacked += reader->unacked;
    return unacked;
}

Reader& Readers::join(ConsumerSpec spec) {
    auto free = std::ranges::find(slots_, nullptr, &Slot::reader);
    if (free == slots_.end()) free = slots_.insert(free, Slot());
    // Index 0 is no delivery's.
    auto reader = std::make_unique<Reader>();
    reader->spec = std::move(spec);
    reader->slot = static_cast<std::uint32_t>(free - slots_.begin());
    reader->first_number = reader->next_number = free->next_number + 1;
    free->reader = reader.get();
    const auto [at, added] = readers_.emplace(reader->spec.id, std::move(reader));
    ENSURE(added);
    return *at->second;
}

Reader* Readers::find(const ConsumerId& id) {
    const auto at = readers_.find(id);
    return at == readers_.end() ? nullptr : at->second.get();
}

Readers::Table::iterator Readers::remove(Table::iterator at) {
    Reader& reader = *at->second;
    ENSURE(reader.batch.empty());
    slots_[reader.slot] = {nullptr, reader.next_number};
    return readers_.erase(at);
}

void Readers::leave(const ConsumerId& id) {
    if (const auto at = readers_.find(id); at != readers_.end()) remove(at);
}

bool Readers::leave(ConnectionId connection, ChannelId channel) {
    bool any = false;
    for (auto at = readers_.lower_bound(ConsumerId{connection, channel, 0});
         at != readers_.end() && at->first.connection == connection && at->first.channel == channel;
         any = true)
        at = remove(at);
    return any;
}

Readers::Settled Readers::settle(DeliveryIndex first, DeliveryIndex last) {
    const std::uint64_t slot = first.value >> number_bits;
    if (slot >= slots_.size() || slots_[slot].reader == nullptr) return {};
    Reader& reader = *slots_[slot].reader;
    // Those of a reader that has left may still be on their way.
    const std::uint64_t from = std::max(first.value & number_mask, reader.first_number);
    const std::uint64_t end = std::min((last.value & number_mask) + 1, reader.next_number);
    if (end <= from) return {};
    const auto count =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(end - from, reader.unacked));
    reader.unacked -= count;
    return {&reader, count};
}

void Readers::settle_all(ConnectionId connection, ChannelId channel) {
    for (const auto& [id, reader] : readers_)
        if (id.connection == connection && id.channel == channel) reader->unacked = 0;
}

}  // namespace warren::broker
