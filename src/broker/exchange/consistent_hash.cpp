// x-consistent-hash: one destination a message, chosen by a hash of the routing key, of a header
// (argument hash-header) or of a property (hash-property). The binding key is the weight.
//
// As RabbitMQ's plugin, a destination counts once, with the weight of its first binding. Unlike
// there, when that binding goes and another to the same destination is left, that one takes over.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <unordered_map>

#include "amqp091/content_header.h"
#include "amqp091/erlang_text.h"
#include "broker/exchange/exchange_types.h"
#include "broker/exchange/hash_ring.h"
#include "broker/exchange/key_hash.h"
#include "broker/routing/route.h"

namespace warren::broker {

namespace {

using amqp091::FieldTable;
using amqp091::FieldValue;
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
        Bound& bound = destinations_[binding.destination];
        bound.all.add(binding);
        if (bound.counts == nullptr) start_to_count(bound, binding);
    }

    void remove(Binding& binding) override {
        const auto found = destinations_.find(binding.destination);
        Bound& bound = found->second;
        bound.all.remove(binding);
        if (bound.counts != &binding) return;
        ring_.remove(*binding.destination);
        if (bound.all.empty())
            destinations_.erase(found);
        else
            start_to_count(bound, bound.all.back());
    }

    void route(const RoutingInput& input, RouteCollector& out) const override {
        if (ring_.bucket_count() == 0) return;
        const std::uint64_t bucket = jump_consistent_hash(hash_of(input), ring_.bucket_count());
        out.add(ring_.owner_of(bucket));
    }

    // Hashing by key could be cached, but its very use is to see many different keys.
    bool depends_only_on_key() const override { return false; }

private:
    struct Bound {
        RouterBindings all;
        const Binding* counts = nullptr;  // the one whose weight is in the ring
    };

    void start_to_count(Bound& bound, const Binding& binding) {
        bound.counts = &binding;
        ring_.add(*binding.destination, static_cast<std::uint32_t>(*parse_integer(binding.key)));
    }

    // Messages without the header or property all go one way.
    std::uint64_t hash_of(const RoutingInput& input) const {
        if (header_) {
            const auto field = input.header->headers().find(*header_);
            return field ? key_hash(as_text(field->value)) : 0;
        }
        if (property_) return key_hash(as_text(input.header->wire(*property_)));
        return key_hash(input.routing_key);
    }

    std::optional<std::string> header_;
    std::optional<Property> property_;
    std::unordered_map<const Destination*, Bound> destinations_;
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
