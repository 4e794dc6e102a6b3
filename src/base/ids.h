#pragma once
// Ids are types, not integers: a queue id cannot be passed where a connection id is wanted.
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace warren {

template <typename Tag, typename Value>
struct Id {
    Value value{};

    friend constexpr auto operator<=>(const Id&, const Id&) = default;
    constexpr explicit operator bool() const { return value != Value{}; }
};

// Index of a shard (thread) of this node, from 0.
using ShardId = Id<struct ShardTag, std::uint16_t>;

// Number of a queue, unique in the life of the metadata log, never used again. 0 is no queue.
using QueueId = Id<struct QueueTag, std::uint64_t>;

// Number of a client connection: the shard that owns it in the upper 16 bits, a counter below. 0 is
// none.
struct ConnectionId {
    std::uint64_t value{};

    static constexpr ConnectionId make(ShardId shard, std::uint64_t counter) {
        return {(std::uint64_t{shard.value} << 48) | (counter & 0xffff'ffff'ffffULL)};
    }
    // The number under which the node itself publishes on that shard; no client ever has it.
    static constexpr ConnectionId of_node(ShardId shard) { return make(shard, UINT64_MAX); }
    constexpr ShardId shard() const { return {static_cast<std::uint16_t>(value >> 48)}; }
    constexpr std::uint64_t counter() const { return value & 0xffff'ffff'ffffULL; }
    constexpr explicit operator bool() const { return value != 0; }
    friend constexpr auto operator<=>(const ConnectionId&, const ConnectionId&) = default;
};

// Number of a channel on its connection, 1 to channel_max.
using ChannelId = Id<struct ChannelTag, std::uint16_t>;

// Number of a delivery from one queue, rising by one with each message handed out; what settles
// refer to.
using DeliveryIndex = Id<struct DeliveryIndexTag, std::uint64_t>;

// AMQP delivery tag: counts per channel from 1 (AMQP 0-9-1, basic.deliver).
using DeliveryTag = Id<struct DeliveryTagTag, std::uint64_t>;

}  // namespace warren

template <typename Tag, typename Value>
struct std::hash<warren::Id<Tag, Value>> {
    std::size_t operator()(const warren::Id<Tag, Value>& id) const noexcept {
        return std::hash<std::uint64_t>{}(id.value * 0x9e37'79b9'7f4a'7c15ULL);
    }
};

template <>
struct std::hash<warren::ConnectionId> {
    std::size_t operator()(const warren::ConnectionId& id) const noexcept {
        return std::hash<std::uint64_t>{}(id.value * 0x9e37'79b9'7f4a'7c15ULL);
    }
};
