// JSON to field tables (entry.h, field_table), with the types that RabbitMQ's import gives them.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/limits.h"
#include "http/definitions/entry.h"

namespace warren::http {

namespace json = boost::json;

namespace {

// Parameters may hold null and numbers of any size; arguments may not.
enum class Holds : std::uint8_t { arguments, any_json };

amqp091::FieldValue field_value(const json::value& value, JsonPath path, Faults& faults,
                                Holds holds);

amqp091::FieldTable table_of(const json::object& members, const JsonPath& path, Faults& faults,
                             Holds holds) {
    amqp091::FieldTable table;
    for (const auto& member : members) {
        const std::string_view key(member.key().data(), member.key().size());
        JsonPath member_path = path;
        member_path.emplace_back(std::string(key));
        if (key.size() > limits::short_string_bytes_max) {
            faults.report(std::move(member_path), "expected a name of at most 255 bytes");
            continue;
        }
        table.add(key, field_value(member.value(), std::move(member_path), faults, holds));
    }
    return table;
}

amqp091::FieldValue field_array(const json::array& items, const JsonPath& path, Faults& faults,
                                Holds holds) {
    amqp091::FieldArray array;
    for (std::size_t i = 0; i < items.size(); ++i) {
        JsonPath item_path = path;
        item_path.emplace_back(i);
        array.push_back(field_value(items[i], std::move(item_path), faults, holds));
    }
    return array;
}

amqp091::FieldValue field_value(const json::value& value, JsonPath path, Faults& faults,
                                Holds holds) {
    switch (value.kind()) {
        case json::kind::bool_:
            return value.get_bool();
        case json::kind::int64:
            return value.get_int64();
        case json::kind::double_:
            return value.get_double();
        case json::kind::string:
            return std::string_view(value.get_string().data(), value.get_string().size());
        case json::kind::object:
            return table_of(value.get_object(), path, faults, holds);
        case json::kind::array:
            return field_array(value.get_array(), path, faults, holds);
        case json::kind::uint64:
            if (holds == Holds::any_json) return static_cast<double>(value.get_uint64());
            faults.report(std::move(path), fmt::format("expected a number below 2^63, found {}",
                                                       value.get_uint64()));
            break;
        case json::kind::null:
            if (holds == Holds::any_json) return {};
            faults.report(std::move(path), "expected a value, found null");
            break;
    }
    return {};
}

}  // namespace

amqp091::FieldTable field_table(const json::object& members, const JsonPath& path, Faults& faults) {
    return table_of(members, path, faults, Holds::arguments);
}

amqp091::FieldValue any_value(const json::value& value, const JsonPath& path, Faults& faults) {
    return field_value(value, path, faults, Holds::any_json);
}

}  // namespace warren::http
