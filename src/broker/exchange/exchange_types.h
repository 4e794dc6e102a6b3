#pragma once
// The kinds of exchanges by name. Each kind is one constant defined in its own file.
#include <memory>
#include <span>
#include <string_view>

#include "amqp091/field_table.h"
#include "amqp091/reply_code.h"
#include "base/result.h"
#include "broker/exchange/exchange_router.h"

namespace warren::broker {

struct Destination;
struct ExchangeRecord;

struct ExchangeType {
    using Check = Result<void, amqp091::AmqpError>;

    std::string_view name;
    std::string_view description;  // as RabbitMQ's management lists it
    std::unique_ptr<ExchangeRouter> (*make_router)(const amqp091::FieldTable& arguments);
    // Declare: may an exchange of this kind have these arguments? Null: any.
    Check (*check_arguments)(const amqp091::FieldTable& arguments) = nullptr;
    // Bind: may it have this binding? Null: any.
    Check (*check_binding)(std::string_view key, const amqp091::FieldTable& arguments,
                           const Destination& destination,
                           const amqp091::FieldTable& exchange_arguments) = nullptr;
};

extern const ExchangeType direct_exchange;
extern const ExchangeType fanout_exchange;
extern const ExchangeType topic_exchange;
extern const ExchangeType headers_exchange;
extern const ExchangeType consistent_hash_exchange;
extern const ExchangeType modulus_hash_exchange;
extern const ExchangeType random_exchange;
extern const ExchangeType local_random_exchange;
extern const ExchangeType recent_history_exchange;
extern const ExchangeType delayed_message_exchange;
extern const ExchangeType message_deduplication_exchange;

// Null when there is no such kind.
const ExchangeType* find_exchange_type(std::string_view name);
std::span<const ExchangeType* const> all_exchange_types();
// The kind that messages are routed like: the exchange's own, and of type x-delayed-message the one
// that it was declared with.
const ExchangeType& routing_type(const ExchangeRecord& exchange);

}  // namespace warren::broker
