// x-local-random: one bound queue by chance out of those on the publisher's node. Every queue of a
// node counts as local, on whatever shard it lives: taking only those of the publisher's shard
// would starve the others.
#include <fmt/format.h>

#include "broker/exchange/exchange_types.h"
#include "broker/exchange/random_router.h"

namespace warren::broker {

namespace {

std::unique_ptr<ExchangeRouter> make_router(const amqp091::FieldTable&) {
    return std::make_unique<RandomRouter>();
}

ExchangeType::Check check_binding(std::string_view key, const amqp091::FieldTable&,
                                  const Destination& destination, const amqp091::FieldTable&) {
    using amqp091::AmqpError;
    using amqp091::ReplyCode;
    if (!key.empty())
        return fail(AmqpError{ReplyCode::precondition_failed,
                              fmt::format("Non empty binding '{}' key not permitted", key)});
    if (destination.kind != DestinationKind::queue)
        return fail(AmqpError{ReplyCode::precondition_failed, "Destination not found"});
    return {};
}

}  // namespace

constinit const ExchangeType local_random_exchange{
    .name = "x-local-random",
    .description = "Picks one random local binding (queue) to route via (to).",
    .make_router = make_router,
    .check_binding = check_binding,
};

}  // namespace warren::broker
