// x-delayed-message: holds messages that ask for it, and routes like the exchange type that its
// argument x-delayed-type names.
#include "broker/exchange/delayed_message.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "amqp091/content_header.h"
#include "base/ensure.h"
#include "broker/exchange/exchange_types.h"
#include "broker/exchange/real_field.h"
#include "broker/routing/route.h"
#include "broker/topology/topology_checks.h"

namespace warren::broker {

namespace {

using amqp091::ContentHeader;
using amqp091::FieldTable;
using amqp091::FieldValue;
using amqp091::FieldView;

constexpr std::string_view delay_header = "x-delay";
constexpr std::string_view type_argument = "x-delayed-type";
constexpr std::int64_t delay_ms_max = 4'294'967'295;

std::optional<std::int64_t> number_of(FieldView field) {
    if (const auto integer = field.as_integer()) return integer;
    if (const auto text = field.as_text()) {
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
        if (error != std::errc{} || end != text->data() + text->size()) return {};
        return value;
    }
    const auto value = real_of(field);
    if (!value) return {};
    // Beyond the bound it makes no difference by how much; NaN is beyond it too.
    if (!(std::abs(*value) <= static_cast<double>(delay_ms_max))) return {};
    return static_cast<std::int64_t>(*value);
}

const ExchangeType& underlying_type(const FieldTable& arguments) {
    return *find_exchange_type(*arguments.find(type_argument)->as_text());
}

class DelayedMessageRouter final : public ExchangeRouter {
public:
    explicit DelayedMessageRouter(const FieldTable& arguments)
        : underlying_(underlying_type(arguments).make_router(arguments)) {}

    void add(Binding& binding) override { underlying_->add(binding); }
    void remove(Binding& binding) override { underlying_->remove(binding); }

    void route(const RoutingInput& input, RouteCollector& out) const override {
        if (const std::uint64_t delay = delay_ms(input.header->headers()); delay != 0)
            out.delay(delay);
        else
            underlying_->route(input, out);
    }

    bool depends_only_on_key() const override { return false; }

private:
    std::unique_ptr<ExchangeRouter> underlying_;
};

std::unique_ptr<ExchangeRouter> make_router(const FieldTable& arguments) {
    return std::make_unique<DelayedMessageRouter>(arguments);
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

std::uint64_t delay_ms(amqp091::TableView headers) {
    const auto field = headers.find(delay_header);
    if (!field) return 0;
    const auto delay = number_of(*field);
    if (!delay || *delay <= 0 || *delay > delay_ms_max) return 0;
    return static_cast<std::uint64_t>(*delay);
}

MessageRef with_delay_passed(const Message& message) {
    const auto header = ContentHeader::decode(message.header());
    ENSURE(header.has_value());  // it was checked when the message was published
    FieldTable headers = header->headers().decode();
    headers.set(delay_header, -static_cast<std::int64_t>(delay_ms(header->headers())));
    const std::string changed =
        amqp091::HeaderEdit(*header).set_headers(headers).encode(header->body_bytes());
    return message.with_envelope(message.exchange(), message.routing_key(), as_bytes(changed),
                                 message.traits());
}

}  // namespace warren::broker
