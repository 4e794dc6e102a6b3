// x-random: one binding by chance, so that a destination bound twice gets twice as much.
#include "broker/exchange/exchange_types.h"
#include "broker/exchange/random_router.h"
#include "broker/routing/route.h"

namespace warren::broker {

void RandomRouter::route(const RoutingInput& input, RouteCollector& out) const {
    if (bindings_.empty()) return;
    out.add(*bindings_[input.random->below(bindings_.size())].destination);
}

namespace {

std::unique_ptr<ExchangeRouter> make_router(const amqp091::FieldTable&) {
    return std::make_unique<RandomRouter>();
}

}  // namespace

constinit const ExchangeType random_exchange{
    .name = "x-random",
    .description = "Randomly picks a binding (queue) to route via (to).",
    .make_router = make_router,
};

}  // namespace warren::broker
