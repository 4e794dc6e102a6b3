#pragma once
// One virtual host of a Topology replica: names to records. Everything here is found by name in
// constant time, and listed in no particular order.
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "broker/topology/policies.h"
#include "broker/topology/records.h"
#include "broker/topology/topology_command.h"

namespace warren::broker {

// Sets of records that are found by the names inside them. Hashes of what may be many are not
// noexcept: so libstdc++ keeps each beside its element, and a set that grows, or is searched, need
// not go to all the records for them.
struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const {
        return std::hash<std::string_view>{}(name);
    }
    template <typename Record>
    std::size_t operator()(const std::unique_ptr<Record>& record) const {
        return (*this)(std::string_view(record->name));
    }
};
struct NameEqual {
    using is_transparent = void;
    static std::string_view name_of(std::string_view name) { return name; }
    template <typename Record>
    static std::string_view name_of(const std::unique_ptr<Record>& record) {
        return record->name;
    }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const noexcept {
        return name_of(a) == name_of(b);
    }
};
template <typename Record>
using NamedSet = std::unordered_set<std::unique_ptr<Record>, NameHash, NameEqual>;

// What makes a binding the same as another. Within a replica equal arguments are one table, so
// tables are compared by address.
struct BindingIdentity {
    const ExchangeRecord* source;
    const Destination* destination;
    std::string_view key;
    const amqp091::FieldTable* arguments;

    static BindingIdentity of(const Binding& binding) {
        return {binding.source, binding.destination, binding.key, binding.arguments.get()};
    }
    friend bool operator==(const BindingIdentity&, const BindingIdentity&) = default;
};
struct BindingHash {
    using is_transparent = void;
    std::size_t operator()(const BindingIdentity& identity) const;
    std::size_t operator()(const std::unique_ptr<Binding>& binding) const {
        return (*this)(BindingIdentity::of(*binding));
    }
};
struct BindingEqual {
    using is_transparent = void;
    bool operator()(const std::unique_ptr<Binding>& a, const std::unique_ptr<Binding>& b) const {
        return BindingIdentity::of(*a) == BindingIdentity::of(*b);
    }
    bool operator()(const BindingIdentity& a, const std::unique_ptr<Binding>& b) const {
        return a == BindingIdentity::of(*b);
    }
    bool operator()(const std::unique_ptr<Binding>& a, const BindingIdentity& b) const {
        return BindingIdentity::of(*a) == b;
    }
};
using BindingSet = std::unordered_set<std::unique_ptr<Binding>, BindingHash, BindingEqual>;

// Exchanges that every vhost is born with (amq.*); they get the first numbers in it, in one row. A
// log of commands counts on it: to predeclare another one takes a new version of CreateVhost.
inline constexpr std::size_t predeclared_exchange_count = 7;

struct Vhost {
    explicit Vhost(std::string vhost_name) : name(std::move(vhost_name)) {}
    Vhost(const Vhost&) = delete;
    Vhost& operator=(const Vhost&) = delete;

    const ExchangeRecord* find_exchange(std::string_view exchange_name) const;
    const QueueRecord* find_queue(std::string_view queue_name) const;
    // Changes with every change that can send a message of this vhost another way; never repeats a
    // number, even when a vhost is deleted and created again.
    std::uint64_t version() const { return routing_version; }

    const std::string name;
    std::string description;
    std::vector<std::string> tags;
    std::string default_queue_type;  // as given; empty means classic
    VhostLimits limits;
    bool is_protected = false;  // from deletion
    bool is_traced = false;     // messages are copied to amq.rabbitmq.trace

    PolicySet policies;
    // Runtime parameters that no command of their own is for, by component and name.
    std::map<std::pair<std::string, std::string>, amqp091::FieldValue> parameters;
    NamedSet<ExchangeRecord> exchanges;  // the default exchange included, under its empty name
    NamedSet<QueueRecord> queues;        // those of delayed exchanges included
    std::size_t delay_queues = 0;        // so many of them
    BindingSet bindings;                 // without the default exchange's, which are implied
    std::uint64_t routing_version = 0;
    std::size_t deduplicating_exchanges = 0;  // routed as x-message-deduplication
};

}  // namespace warren::broker
