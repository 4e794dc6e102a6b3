// x-delayed-message: routes like the exchange type that its argument x-delayed-type names. Messages
// that ask for it (delay_header.h) wait in a queue of its own before (see Topology): the routing
// looks for them before it comes here.
#include "broker/exchange/exchange_types.h"
#include "broker/topology/records.h"
#include "broker/topology/topology_checks.h"

namespace warren::broker {

namespace {

using amqp091::FieldTable;
using amqp091::FieldValue;

constexpr std::string_view type_argument = "x-delayed-type";

const ExchangeType& underlying_type(const FieldTable& arguments) {
    return *find_exchange_type(*arguments.find(type_argument)->as_text());
}

std::unique_ptr<ExchangeRouter> make_router(const FieldTable& arguments) {
    return underlying_type(arguments).make_router(arguments);
}

ExchangeType::Check refuse(std::string text) {
    return fail(amqp091::AmqpError{amqp091::ReplyCode::precondition_failed, std::move(text)});
}

ExchangeType::Check check_arguments(const FieldTable& arguments) {
    const FieldValue* type = arguments.find(type_argument);
    if (type == nullptr || type->as_text() == nullptr)
        return refuse("Invalid argument, 'x-delayed-type' must be an existing exchange type");
    if (*type->as_text() == delayed_message_exchange.name)
        return refuse("Invalid argument, 'x-delayed-message' can't be used for 'x-delayed-type'");
    if (Check c = check_exchange_type(*type->as_text()); !c) return c;
    const auto check = underlying_type(arguments).check_arguments;
    return check == nullptr ? ExchangeType::Check{} : check(arguments);
}

ExchangeType::Check check_binding(std::string_view key, const FieldTable& arguments,
                                  const Destination& destination,
                                  const FieldTable& exchange_arguments) {
    const auto check = underlying_type(exchange_arguments).check_binding;
    if (check == nullptr) return {};
    return check(key, arguments, destination, exchange_arguments);
}

}  // namespace

constinit const ExchangeType delayed_message_exchange{
    .name = "x-delayed-message",
    .description = "Delayed Message Exchange.",
    .make_router = make_router,
    .check_arguments = check_arguments,
    .check_binding = check_binding,
};

const ExchangeType& routing_type(const ExchangeRecord& exchange) {
    const bool delays = exchange.type == &delayed_message_exchange;
    return delays ? underlying_type(*exchange.arguments) : *exchange.type;
}

}  // namespace warren::broker
