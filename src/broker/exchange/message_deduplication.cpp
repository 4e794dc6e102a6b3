// x-message-deduplication: a fanout for messages that have not come before. What came is not the
// router's to know: the routing asks a Deduplicator before it comes here.
#include "broker/exchange/message_deduplication.h"

#include <charconv>

#include "broker/exchange/exchange_types.h"
#include "broker/routing/route.h"

namespace warren::broker {

namespace {

using amqp091::FieldTable;
using amqp091::FieldValue;

constexpr std::string_view size_argument = "x-cache-size";
constexpr std::string_view ttl_name = "x-cache-ttl";  // an argument and a header
constexpr std::string_view persistence_argument = "x-cache-persistence";

class MessageDeduplicationRouter final : public ExchangeRouter {
public:
    void add(Binding& binding) override { bindings_.add(binding); }
    void remove(Binding& binding) override { bindings_.remove(binding); }

    void route(const RoutingInput&, RouteCollector& out) const override {
        for (const Binding* binding : bindings_)
            out.add(*binding->destination);
    }

    // Each message must be looked at.
    bool depends_only_on_key() const override { return false; }

private:
    RouterBindings bindings_;
};

std::unique_ptr<ExchangeRouter> make_router(const FieldTable&) {
    return std::make_unique<MessageDeduplicationRouter>();
}

// Integers of any type, and texts that are one. Nullopt if it is not above 0.
std::optional<std::int64_t> positive_number(const FieldValue& value) {
    std::int64_t number = 0;
    if (const std::string* text = value.as_text()) {
        const auto [end, error] =
            std::from_chars(text->data(), text->data() + text->size(), number);
        if (error != std::errc{} || end != text->data() + text->size()) return {};
    } else {
        number = value.as_integer().value_or(0);
    }
    if (number <= 0) return {};
    return number;
}

ExchangeType::Check refuse(const char* text) {
    return fail(amqp091::AmqpError{amqp091::ReplyCode::precondition_failed, text});
}

ExchangeType::Check check_arguments(const FieldTable& arguments) {
    const FieldValue* size = arguments.find(size_argument);
    if (size == nullptr || !positive_number(*size))
        return refuse(
            "Missing or invalid argument, 'x-cache-size' must be an integer greater than 0");
    const FieldValue* ttl = arguments.find(ttl_name);
    if (ttl != nullptr && !positive_number(*ttl))
        return refuse("Invalid argument, 'x-cache-ttl' must be an integer greater than 0");
    const FieldValue* persistence = arguments.find(persistence_argument);
    if (persistence == nullptr) return {};
    const std::string* kind = persistence->as_text();
    if (kind == nullptr || (*kind != "disk" && *kind != "memory"))
        return refuse("Invalid argument, 'x-cache-persistence' must be either 'disk' or 'memory'");
    return {};
}

}  // namespace

constinit const ExchangeType message_deduplication_exchange{
    .name = "x-message-deduplication",
    .description = "Message Deduplication Exchange.",
    .make_router = make_router,
    .check_arguments = check_arguments,
};

DeduplicationSettings deduplication_settings(const ExchangeRecord& exchange) {
    const FieldTable& arguments = *exchange.arguments;
    DeduplicationSettings settings;
    settings.size_max =
        static_cast<std::uint64_t>(*positive_number(*arguments.find(size_argument)));
    if (const FieldValue* ttl = arguments.find(ttl_name)) settings.ttl_ms = positive_number(*ttl);
    const FieldValue* persistence = arguments.find(persistence_argument);
    settings.persistent = persistence != nullptr && *persistence->as_text() == "disk";
    return settings;
}

std::optional<std::int64_t> cache_ttl_ms(amqp091::TableView headers) {
    const auto field = headers.find(ttl_name);
    return field ? field->as_integer() : std::nullopt;
}

}  // namespace warren::broker
