#include "http/json_values.h"

#include <cmath>
#include <type_traits>
#include <variant>

#include "amqp091/utf8.h"

namespace warren::http {

namespace json = boost::json;

namespace {

json::array json_array(const amqp091::FieldArray& items) {
    json::array array;
    for (const auto& item : items)
        array.push_back(json_value(item));
    return array;
}

struct Convert {
    json::value operator()(std::monostate) const { return nullptr; }
    json::value operator()(bool value) const { return value; }
    json::value operator()(std::integral auto value) const { return value; }
    // JSON has no numbers that are none.
    json::value operator()(std::floating_point auto value) const {
        if (!std::isfinite(value)) return nullptr;
        return value;
    }
    json::value operator()(amqp091::Decimal value) const {
        return static_cast<double>(value.digits) / std::pow(10.0, value.scale);
    }
    json::value operator()(amqp091::Timestamp value) const { return value.seconds; }
    json::value operator()(const std::string& text) const { return json_text(text); }
    json::value operator()(const amqp091::ByteArray& bytes) const { return json_text(bytes.bytes); }
    json::value operator()(const amqp091::FieldTable& table) const { return json_object(table); }
    json::value operator()(const amqp091::FieldArray& items) const { return json_array(items); }
};

}  // namespace

json::string json_text(std::string_view text) {
    if (amqp091::is_utf8(text)) return json::string(text);
    return json::string(amqp091::to_utf8(text));
}

json::value json_value(const amqp091::FieldValue& value) {
    return std::visit(Convert{}, value.variant());
}

json::object json_object(const amqp091::FieldTable& table) {
    json::object object;
    for (const auto& field : table)
        object.emplace(json_text(field.name), json_value(field.value));
    return object;
}

}  // namespace warren::http
