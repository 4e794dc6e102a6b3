// x-consistent-hash: one destination a message, chosen by a hash of the routing key, of a header
// (argument hash-header) or of a property (hash-property). The binding key is the weight.
//
// As in RabbitMQ's plugin a destination has one place on the ring, with the weight of its first
// binding, and loses it with the first of its bindings that goes.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "amqp091/content_header.h"
#include "amqp091/erlang_text.h"
#include "broker/exchange/erlang_hash.h"
#include "broker/exchange/exchange_types.h"
#include "broker/exchange/hash_ring.h"
#include "broker/exchange/real_field.h"
#include "broker/routing/route.h"

namespace warren::broker {

namespace {

using amqp091::ContentHeader;
using amqp091::FieldTable;
using amqp091::FieldType;
using amqp091::FieldValue;
using amqp091::FieldView;
using amqp091::Property;

constexpr std::int64_t weight_max = 10'000;
constexpr std::string_view header_argument = "hash-header";
constexpr std::string_view property_argument = "hash-property";

struct HashedProperty {
    std::string_view name;
    Property property;
};
constexpr HashedProperty hashed_properties[] = {
    {"correlation_id", Property::correlation_id},
    {"message_id", Property::message_id},
    {"timestamp", Property::timestamp},
};

const HashedProperty* find_hashed_property(std::string_view name) {
    const auto* found = std::ranges::find(hashed_properties, name, &HashedProperty::name);
    return found == std::end(hashed_properties) ? nullptr : found;
}

// A whole number with an optional sign, as Erlang reads one. What is too large for the type comes
// back as the largest or smallest.
std::optional<std::int64_t> parse_integer(std::string_view text) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) return {};
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::invalid_argument || end != text.data() + text.size()) return {};
    if (error == std::errc::result_out_of_range)
        return text.starts_with('-') ? INT64_MIN : INT64_MAX;
    return value;
}

class ConsistentHashRouter final : public ExchangeRouter {
public:
    explicit ConsistentHashRouter(const FieldTable& arguments) {
        if (const FieldValue* header = arguments.find(header_argument))
            header_ = *header->as_text();
        if (const FieldValue* property = arguments.find(property_argument))
            property_ = find_hashed_property(*property->as_text())->property;
    }

    void add(Binding& binding) override {
        if (ring_.contains(*binding.destination)) return;
        ring_.add(*binding.destination, static_cast<std::uint32_t>(*parse_integer(binding.key)));
    }

    void remove(Binding& binding) override {
        if (ring_.contains(*binding.destination)) ring_.remove(*binding.destination);
    }

    void route(const RoutingInput& input, RouteCollector& out) const override {
        if (ring_.bucket_count() == 0) return;
        const std::uint64_t bucket = jump_consistent_hash(key_of(input), ring_.bucket_count());
        out.add(ring_.owner_of(bucket));
    }

    // Hashing by key could be cached, but its very use is to see many different keys.
    bool depends_only_on_key() const override { return false; }

private:
    std::int64_t key_of(const RoutingInput& input) const {
        if (header_) return key_of(input.header->headers().find(*header_));
        if (property_) return key_of(*input.header, *property_);
        return hash_of_binary(input.routing_key);
    }

    // Messages without the header all go one way, and so do those without the property.
    static std::int64_t key_of(const std::optional<FieldView>& field) {
        if (!field || field->type == FieldType::none) return hash_of_undefined;
        if (const auto integer = field->as_integer()) return *integer;
        if (const auto seconds = field->as_timestamp())
            return static_cast<std::int64_t>(*seconds * 1000);
        if (const auto flag = field->as_bool()) return *flag ? hash_of_true : hash_of_false;
        if (const auto real = real_of(*field)) return hash_of_float(*real);
        return hash_of_binary(as_text(field->value));
    }

    static std::int64_t key_of(const ContentHeader& header, Property property) {
        if (!header.has(property)) return hash_of_undefined;
        if (property == Property::timestamp)
            return hash_of_binary(std::to_string(header.timestamp()));
        return hash_of_binary(header.text(property));
    }

    std::optional<std::string> header_;
    std::optional<Property> property_;
    HashRing ring_;
};

std::unique_ptr<ExchangeRouter> make_router(const FieldTable& arguments) {
    return std::make_unique<ConsistentHashRouter>(arguments);
}

ExchangeType::Check refuse(std::string text) {
    return fail(amqp091::AmqpError{amqp091::ReplyCode::precondition_failed, std::move(text)});
}

ExchangeType::Check check_arguments(const FieldTable& arguments) {
    const FieldValue* header = arguments.find(header_argument);
    const FieldValue* property = arguments.find(property_argument);
    for (const FieldValue* value : {header, property})
        if (value != nullptr && value->as_text() == nullptr)
            return refuse(fmt::format("invalid type '{}' for arg '{}'",
                                      amqp091::type_name(value->type()),
                                      value == header ? header_argument : property_argument));
    if (header != nullptr && property != nullptr)
        return refuse("hash-header and hash-property are mutually exclusive");
    if (property != nullptr && find_hashed_property(*property->as_text()) == nullptr)
        return refuse(fmt::format("Unsupported property: {}", *property->as_text()));
    return {};
}

ExchangeType::Check check_binding(std::string_view key, const FieldTable&, const Destination&,
                                  const FieldTable&) {
    const auto weight = parse_integer(key);
    if (!weight) {
        std::string text = "The binding key must be an integer: ";
        amqp091::append_binary(text, as_bytes(key), text.size());
        return refuse(std::move(text));
    }
    if (*weight < 1) return refuse("The binding key must be greater than 0");
    if (*weight > weight_max)
        return refuse(fmt::format("The binding key must not exceed {}", weight_max));
    return {};
}

}  // namespace

constinit const ExchangeType consistent_hash_exchange{
    .name = "x-consistent-hash",
    .description = "Consistent Hashing Exchange",
    .make_router = make_router,
    .check_arguments = check_arguments,
    .check_binding = check_binding,
};

}  // namespace warren::broker
