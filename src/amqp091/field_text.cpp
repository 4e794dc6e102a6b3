#include "amqp091/field_text.h"

#include <type_traits>
#include <utility>

#include "amqp091/erlang_text.h"

namespace warren::amqp091 {

namespace {

template <typename Value>
inline constexpr bool is_integer = std::is_integral_v<Value> && !std::is_same_v<Value, bool>;
template <typename Value>
inline constexpr bool is_text =
    std::is_same_v<Value, std::string> || std::is_same_v<Value, ByteArray>;

const std::string& text_of(const std::string& text) {
    return text;
}
const std::string& text_of(const ByteArray& bytes) {
    return bytes.bytes;
}

// RabbitMQ keeps values as Erlang terms, in which a timestamp is an integer, a byte array a binary
// like a long string, and an empty table the same empty list as an empty array. Its comparison
// (rabbit_misc:assert_args_equivalence) passes whatever comes out equal.
struct Equivalence {
    template <typename Left, typename Right>
    bool operator()(const Left& left, const Right& right) const {
        if constexpr (is_integer<Left> && is_integer<Right>)
            return std::cmp_equal(left, right);
        else if constexpr (std::is_floating_point_v<Left> && std::is_floating_point_v<Right>)
            return static_cast<double>(left) == static_cast<double>(right);
        else if constexpr (std::is_same_v<Left, Right>)
            return left == right;
        else if constexpr (is_text<Left> && is_text<Right>)
            return text_of(left) == text_of(right);
        else if constexpr (is_integer<Left> && std::is_same_v<Right, Timestamp>)
            return std::cmp_equal(left, right.seconds);
        else if constexpr (std::is_same_v<Left, Timestamp> && is_integer<Right>)
            return std::cmp_equal(left.seconds, right);
        else
            return false;
    }
    bool operator()(const FieldTable& left, const FieldArray& right) const {
        return left.empty() && right.empty();
    }
    bool operator()(const FieldArray& left, const FieldTable& right) const {
        return left.empty() && right.empty();
    }
};

bool is_classic_queue_type(std::string_view name, const FieldValue& value) {
    const std::string* text = value.as_text();
    return name == "x-queue-type" && text != nullptr && *text == "classic";
}

}  // namespace

bool equivalent(const FieldValue& left, const FieldValue& right) {
    return std::visit(Equivalence{}, left.variant(), right.variant());
}

std::string value_text(const FieldValue& value) {
    // Strings go as they are; ~tp would quote them.
    if (const auto* text = value.as_text()) return *text;
    if (const auto* bytes = std::get_if<ByteArray>(&value.variant())) return bytes->bytes;
    std::string text;
    append_term(text, value);
    return text;
}

std::string describe(const FieldValue* value) {
    if (value == nullptr) return "none";
    std::string text = "the value '" + value_text(*value) + "' of type '";
    return text.append(type_name(value->type())).append("'");
}

std::optional<std::string> argument_difference(std::string_view name, const FieldValue* received,
                                               const FieldValue* current) {
    if (received == nullptr && current == nullptr) return {};
    if (received != nullptr && current != nullptr) {
        if (equivalent(*received, *current)) return {};
        return "received '" + value_text(*received) + "' but current is '" + value_text(*current) +
               "'";
    }
    if (is_classic_queue_type(name, received != nullptr ? *received : *current)) return {};
    return "received " + describe(received) + " but current is " + describe(current);
}

std::optional<std::string> arguments_difference(std::span<const std::string_view> names,
                                                std::string_view what, const FieldTable& received,
                                                const FieldTable& current) {
    for (const std::string_view name : names) {
        const auto difference = argument_difference(name, received.find(name), current.find(name));
        if (!difference) continue;
        std::string text = "inequivalent arg '";
        return text.append(name).append("' for ").append(what).append(": ").append(*difference);
    }
    return {};
}

}  // namespace warren::amqp091
