// JSON to field tables (entry.h, field_table), with the types that RabbitMQ's import gives them.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "app/definitions/entry.h"
#include "base/limits.h"

namespace warren::app {

namespace json = boost::json;

namespace {

amqp091::FieldValue field_value(const json::value& value, JsonPath path, Faults& faults);

amqp091::FieldValue field_array(const json::array& items, const JsonPath& path, Faults& faults) {
    amqp091::FieldArray array;
    for (std::size_t i = 0; i < items.size(); ++i) {
        JsonPath item_path = path;
        item_path.emplace_back(i);
        array.push_back(field_value(items[i], std::move(item_path), faults));
    }
    return array;
}

amqp091::FieldValue field_value(const json::value& value, JsonPath path, Faults& faults) {
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
            return field_table(value.get_object(), path, faults);
        case json::kind::array:
            return field_array(value.get_array(), path, faults);
        case json::kind::uint64:
            faults.report(std::move(path), fmt::format("expected a number below 2^63, found {}",
                                                       value.get_uint64()));
            break;
        case json::kind::null:
            faults.report(std::move(path), "expected a value, found null");
            break;
    }
    return {};
}

}  // namespace

amqp091::FieldTable field_table(const json::object& members, const JsonPath& path, Faults& faults) {
    amqp091::FieldTable table;
    for (const auto& member : members) {
        const std::string_view key(member.key().data(), member.key().size());
        JsonPath member_path = path;
        member_path.emplace_back(std::string(key));
        if (key.size() > limits::short_string_bytes_max) {
            faults.report(std::move(member_path), "expected a name of at most 255 bytes");
            continue;
        }
        table.add(key, field_value(member.value(), std::move(member_path), faults));
    }
    return table;
}

}  // namespace warren::app
