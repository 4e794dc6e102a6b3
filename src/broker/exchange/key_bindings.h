#pragma once
// The bindings of one key, which most often is one: it lies in place, with the destination, so that
// a route that is found touches neither a list nor the binding.
#include <cstdint>
#include <memory>
#include <vector>

#include "broker/topology/binding.h"

namespace warren::broker {

// Both live as long as the binding.
struct BoundDestination {
    Binding* binding = nullptr;
    const Destination* destination = nullptr;
};

class KeyBindings {
public:
    bool empty() const { return first_.binding == nullptr; }

    void add(Binding& binding) {
        const BoundDestination entry{&binding, binding.destination};
        if (empty()) {
            first_ = entry;
            binding.router_slot = 0;
            return;
        }
        if (more_ == nullptr) more_ = std::make_unique<std::vector<BoundDestination>>();
        more_->push_back(entry);
        binding.router_slot = static_cast<std::uint32_t>(more_->size());
    }

    // The last one takes the place of the one removed.
    void remove(Binding& binding) {
        BoundDestination& hole =
            binding.router_slot == 0 ? first_ : (*more_)[binding.router_slot - 1];
        if (more_ == nullptr) {
            hole = {};
            return;
        }
        hole = more_->back();
        hole.binding->router_slot = binding.router_slot;
        more_->pop_back();
        if (more_->empty()) more_.reset();
    }

    // Calls visit(BoundDestination) for each.
    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        if (empty()) return;
        visit(first_);
        if (more_ == nullptr) return;
        for (const BoundDestination& entry : *more_)
            visit(entry);
    }

private:
    BoundDestination first_;
    std::unique_ptr<std::vector<BoundDestination>> more_;  // null while there is none
};

}  // namespace warren::broker
