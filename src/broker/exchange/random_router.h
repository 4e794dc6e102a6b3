#pragma once
// One binding picked by chance for each message; the key does not matter.
#include "broker/exchange/exchange_router.h"
#include "broker/topology/binding.h"

namespace warren::broker {

class RandomRouter final : public ExchangeRouter {
public:
    void add(Binding& binding) override { bindings_.add(binding); }
    void remove(Binding& binding) override { bindings_.remove(binding); }
    void route(const RoutingInput& input, RouteCollector& out) const override;
    bool depends_only_on_key() const override { return false; }

private:
    RouterBindings bindings_;
};

}  // namespace warren::broker
