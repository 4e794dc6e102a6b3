// headers: destinations whose binding arguments match the message's headers (AMQP 0-9-1, section
// 3.1.3.4, with RabbitMQ's four x-match modes).
//
// Values are compared as RabbitMQ 4 does: integers by value whatever their width, texts and byte
// arrays by their bytes, everything else by type and value. Timestamps are integers there, of
// seconds in arguments and of milliseconds in messages, and so they are here. A binding argument of
// type void asks only that the header is there. Arguments whose names begin with "x-" are left out
// unless the mode ends in "-with-x", which leaves out x-match alone.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "amqp091/content_header.h"
#include "amqp091/erlang_text.h"
#include "broker/exchange/exchange_types.h"
#include "broker/exchange/real_field.h"
#include "broker/routing/route.h"

namespace warren::broker {

namespace {

using amqp091::FieldTable;
using amqp091::FieldType;
using amqp091::FieldValue;
using amqp091::FieldView;
using amqp091::TableView;

struct MatchMode {
    std::string_view name;
    bool all;
    bool with_x;
};
constexpr MatchMode match_modes[] = {
    {"all", true, false},
    {"any", false, false},
    {"all-with-x", true, true},
    {"any-with-x", false, true},
};

const MatchMode* find_match_mode(std::string_view name) {
    const auto* found = std::ranges::find(match_modes, name, &MatchMode::name);
    return found == std::end(match_modes) ? nullptr : found;
}

bool is_text(FieldType type) {
    return type == FieldType::long_string || type == FieldType::bytes;
}

// Seconds come from peers: they may wrap, but only as unsigned numbers do.
std::optional<std::int64_t> integer_of(FieldView field, std::uint64_t units_per_second) {
    if (const auto seconds = field.as_timestamp())
        return static_cast<std::int64_t>(*seconds * units_per_second);
    return field.as_integer();
}

bool same_value(FieldView wanted, FieldView given) {
    if (const auto integer = integer_of(wanted, 1)) return integer_of(given, 1000) == integer;
    if (is_text(wanted.type))
        return is_text(given.type) && as_text(wanted.value) == as_text(given.value);
    if (const auto real = real_of(wanted)) return real_of(given) == real;
    return wanted.type == given.type && as_text(wanted.value) == as_text(given.value);
}

// The arguments of one binding, ready to be compared.
class Pattern {
public:
    explicit Pattern(const Binding& binding) : binding_(&binding) {
        const FieldValue* mode = binding.arguments->find("x-match");
        if (mode != nullptr) mode_ = find_match_mode(*mode->as_text());
        FieldTable wanted;
        for (const auto& field : *binding.arguments)
            if (!is_left_out(field.name)) wanted.set(field.name, field.value);
        wanted_ = wanted.encode();
    }

    const Binding& binding() const { return *binding_; }

    bool matches(TableView headers) const {
        bool decided = false;
        TableView::of_checked(as_bytes(wanted_))
            .for_each([&](std::string_view name, FieldView wanted) {
                if (!decided) decided = field_matches(headers, name, wanted) != mode_->all;
            });
        // "all" is decided by the first that differs, "any" by the first that does not.
        return decided != mode_->all;
    }

private:
    bool is_left_out(std::string_view name) const {
        return mode_->with_x ? name == "x-match" : name.starts_with("x-");
    }

    static bool field_matches(TableView headers, std::string_view name, FieldView wanted) {
        const auto given = headers.find(name);
        return given && (wanted.type == FieldType::none || same_value(wanted, *given));
    }

    const Binding* binding_;
    const MatchMode* mode_ = &match_modes[0];
    std::string wanted_;  // the arguments that count, in wire form
};

class HeadersRouter final : public ExchangeRouter {
public:
    void add(Binding& binding) override {
        bindings_.add(binding);
        patterns_.emplace_back(binding);
    }

    // Patterns stand in the same order as the bindings.
    void remove(Binding& binding) override {
        std::swap(patterns_[binding.router_slot], patterns_.back());
        patterns_.pop_back();
        bindings_.remove(binding);
    }

    void route(const RoutingInput& input, RouteCollector& out) const override {
        const TableView headers = input.header->headers();
        for (const Pattern& pattern : patterns_)
            if (pattern.matches(headers)) out.add(*pattern.binding().destination);
    }

    bool depends_only_on_key() const override { return false; }

private:
    RouterBindings bindings_;
    std::vector<Pattern> patterns_;
};

std::unique_ptr<ExchangeRouter> make_router(const FieldTable&) {
    return std::make_unique<HeadersRouter>();
}

ExchangeType::Check check_binding(std::string_view, const FieldTable& arguments, const Destination&,
                                  const FieldTable&) {
    const FieldValue* mode = arguments.find("x-match");
    if (mode == nullptr) return {};
    std::string text;
    if (mode->as_text() == nullptr) {
        text =
            fmt::format("Invalid x-match field type {} (value ", amqp091::type_name(mode->type()));
        amqp091::append_term(text, *mode);
        text += "); expected longstr";
    } else if (find_match_mode(*mode->as_text()) == nullptr) {
        text = "Invalid x-match field value ";
        amqp091::append_binary(text, as_bytes(*mode->as_text()), text.size());
        text += "; expected all, any, all-with-x, or any-with-x";
    } else {
        return {};
    }
    return fail(amqp091::AmqpError{amqp091::ReplyCode::precondition_failed, text});
}

}  // namespace

constinit const ExchangeType headers_exchange{
    .name = "headers",
    .description = "AMQP headers exchange, as per the AMQP specification",
    .make_router = make_router,
    .check_binding = check_binding,
};

}  // namespace warren::broker
