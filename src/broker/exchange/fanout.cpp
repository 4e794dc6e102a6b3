// fanout: every destination, whatever the key (AMQP 0-9-1, section 3.1.3.2).
#include "broker/exchange/exchange_types.h"
#include "broker/routing/route.h"

namespace warren::broker {

namespace {

class FanoutRouter final : public ExchangeRouter {
public:
    void add(Binding& binding) override { bindings_.add(binding); }
    void remove(Binding& binding) override { bindings_.remove(binding); }

    void route(const RoutingInput&, RouteCollector& out) const override {
        for (const Binding* binding : bindings_)
            out.add(*binding->destination);
    }

private:
    RouterBindings bindings_;
};

std::unique_ptr<ExchangeRouter> make_router(const amqp091::FieldTable&) {
    return std::make_unique<FanoutRouter>();
}

}  // namespace

constinit const ExchangeType fanout_exchange{
    .name = "fanout",
    .description = "AMQP fanout exchange, as per the AMQP specification",
    .make_router = make_router,
};

}  // namespace warren::broker
