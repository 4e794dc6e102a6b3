#pragma once
// A binding and what it points to. Bindings and destinations know one another by pointers inside
// one Topology replica: a binding lives from bind to unbind, or until its source or destination
// goes; every list it is in gives it up in constant time, so that deleting a queue with 100,000
// bindings costs 100,000 small steps.
//
// Invariant: a binding is in its vhost's set, in source->outbound, in destination->inbound and in
// the router of its source, or in none of them.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "amqp091/field_table.h"

namespace warren::broker {

struct Binding;
struct ExchangeRecord;
struct Vhost;

// Immutable tables, shared by every record of a replica with equal arguments: a million queues
// declared alike hold one table. Counted, because the last of them must free it.
using SharedArguments = std::shared_ptr<const amqp091::FieldTable>;

// Bindings in no order, each of which remembers its place in the member `Slot`.
template <auto Slot>
class BindingSlots {
public:
    void add(Binding& binding) {
        binding.*Slot = static_cast<std::uint32_t>(bindings_.size());
        bindings_.push_back(&binding);
    }
    void remove(Binding& binding) {
        Binding* last = bindings_.back();
        bindings_[binding.*Slot] = last;
        last->*Slot = binding.*Slot;
        bindings_.pop_back();
    }
    bool empty() const { return bindings_.empty(); }
    std::size_t size() const { return bindings_.size(); }
    Binding& operator[](std::size_t index) const { return *bindings_[index]; }
    Binding& back() const { return *bindings_.back(); }
    auto begin() const { return bindings_.begin(); }
    auto end() const { return bindings_.end(); }

private:
    std::vector<Binding*> bindings_;
};

enum class DestinationKind : std::uint8_t { queue, exchange };

struct Destination;

struct Binding {
    ExchangeRecord* source = nullptr;
    Destination* destination = nullptr;
    std::string key;
    SharedArguments arguments;  // never null; sorted by name
    // The replica's version that it came with: of two bindings the older has the smaller one.
    std::uint64_t made_at = 0;

    std::uint32_t outbound_slot = 0;
    std::uint32_t inbound_slot = 0;
    // For the router of the source exchange: where it keeps this binding.
    std::uint32_t router_slot = 0;
    void* router_place = nullptr;
};

using OutboundBindings = BindingSlots<&Binding::outbound_slot>;
using InboundBindings = BindingSlots<&Binding::inbound_slot>;
using RouterBindings = BindingSlots<&Binding::router_slot>;

// What queues and exchanges have in common: they can be bound to, and are reached once per routing.
struct Destination {
    Destination(DestinationKind kind_, std::uint64_t number_, Vhost& vhost_, std::string name_)
        : kind(kind_), number(number_), vhost(&vhost_), name(std::move(name_)) {}
    Destination(const Destination&) = delete;
    Destination& operator=(const Destination&) = delete;

    DestinationKind kind;
    bool durable = false;
    bool auto_delete = false;
    mutable std::uint32_t policy_version = 0;  // of `policy`
    const std::uint64_t number;  // from one counter for queues and exchanges, never used again
    Vhost* vhost;
    const std::string name;
    SharedArguments arguments;  // never null
    InboundBindings inbound;
    // The last routing that reached this (see Topology::next_route_epoch()); never compared between
    // replicas.
    mutable std::uint64_t route_mark = 0;
    // Memo of PolicySet::effective(), which is to be asked. Last, so that what is derived begins
    // behind it: there are millions of these.
    mutable std::uint32_t policy = 0;

protected:
    ~Destination() = default;
};

}  // namespace warren::broker
