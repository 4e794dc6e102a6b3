// direct: destinations whose binding key equals the routing key (AMQP 0-9-1, section 3.1.3.1).
#include <functional>
#include <string>
#include <unordered_map>

#include "broker/exchange/exchange_types.h"
#include "broker/exchange/key_bindings.h"
#include "broker/routing/route.h"

namespace warren::broker {

namespace {

struct KeyHash {
    using is_transparent = void;
    // Not noexcept, so that it is kept (topology/vhost.h).
    std::size_t operator()(std::string_view key) const {
        return std::hash<std::string_view>{}(key);
    }
};

class DirectRouter final : public ExchangeRouter {
public:
    void add(Binding& binding) override {
        KeyNode& node = *nodes_.try_emplace(binding.key).first;
        node.second.add(binding);
        binding.router_place = &node;
    }

    void remove(Binding& binding) override {
        auto& node = *static_cast<KeyNode*>(binding.router_place);
        node.second.remove(binding);
        if (node.second.empty()) nodes_.erase(nodes_.find(binding.key));
    }

    void route(const RoutingInput& input, RouteCollector& out) const override {
        for_each_key(input, [&](std::string_view key) {
            const auto found = nodes_.find(key);
            if (found == nodes_.end()) return;
            found->second.for_each(
                [&](const BoundDestination& bound) { out.add(*bound.destination); });
        });
    }

private:
    using Nodes = std::unordered_map<std::string, KeyBindings, KeyHash, std::equal_to<>>;
    using KeyNode = Nodes::value_type;  // stays where it is until erased

    Nodes nodes_;
};

std::unique_ptr<ExchangeRouter> make_router(const amqp091::FieldTable&) {
    return std::make_unique<DirectRouter>();
}

}  // namespace

constinit const ExchangeType direct_exchange{
    .name = "direct",
    .description = "AMQP direct exchange, as per the AMQP specification",
    .make_router = make_router,
};

}  // namespace warren::broker
