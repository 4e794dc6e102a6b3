#include "http/json_support.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <ctime>

#include "base/limits.h"
#include "http/json_values.h"

namespace warren::http {

namespace {

constexpr std::size_t json_depth_max = 64;

std::optional<amqp091::FieldValue> to_field(const json::value& value);

std::optional<amqp091::FieldValue> to_field_array(const json::array& items) {
    amqp091::FieldArray array;
    for (const auto& item : items) {
        auto field = to_field(item);
        if (!field) return std::nullopt;
        array.push_back(std::move(*field));
    }
    return array;
}

std::optional<amqp091::FieldValue> to_field(const json::value& value) {
    switch (value.kind()) {
        case json::kind::bool_:
            return value.get_bool();
        case json::kind::int64:
            return value.get_int64();
        case json::kind::double_:
            if (!std::isfinite(value.get_double())) return std::nullopt;
            return value.get_double();
        case json::kind::string:
            return amqp091::FieldValue(view(value.get_string()));
        case json::kind::null:
            return amqp091::FieldValue();
        case json::kind::array:
            return to_field_array(value.get_array());
        case json::kind::object: {
            auto table = to_table(value.get_object());
            if (!table) return std::nullopt;
            return std::move(*table);
        }
        case json::kind::uint64:
            break;
    }
    return std::nullopt;
}

}  // namespace

std::optional<amqp091::FieldValue> to_value(const json::value& value) {
    return to_field(value);
}

json::object to_json(const amqp091::FieldTable& table) {
    return json_object(table);
}

json::array to_json(const std::vector<std::string>& words) {
    json::array array;
    for (const auto& word : words)
        array.push_back(json_text(word));
    return array;
}

std::optional<amqp091::FieldTable> to_table(const json::object& members) {
    amqp091::FieldTable table;
    for (const auto& member : members) {
        auto field = to_field(member.value());
        if (!field || member.key().size() > limits::short_string_bytes_max) return std::nullopt;
        table.add({member.key().data(), member.key().size()}, std::move(*field));
    }
    return table;
}

std::string rfc3339(WallTime time) {
    constexpr std::int64_t ms_per_s = 1000;
    const std::tm whole = fmt::gmtime(static_cast<std::time_t>(time.ms / ms_per_s));
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}+00:00", whole, time.ms % ms_per_s);
}

std::optional<json::object> object_of(const CallRef& call) {
    const Request& request = call->request();
    if (request.body_too_large) {
        call->refuse_bad("Exceeded HTTP request body size limit");
        return std::nullopt;
    }
    if (request.body.empty()) return json::object();
    json::parse_options options;
    options.max_depth = json_depth_max;
    boost::system::error_code error;
    auto value = json::parse(request.body, error, {}, options);
    if (error || !value.is_object()) {
        call->refuse_bad("not_json");
        return std::nullopt;
    }
    return std::move(value.get_object());
}

const json::value* Body::find(std::string_view name) const {
    const json::value* value = members_.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

void Body::refuse_text(std::string_view reason) {
    if (std::exchange(ok_, false)) call_->refuse_bad(reason);
}

void Body::refuse(std::string_view what, const json::value& value) {
    if (!std::exchange(ok_, false)) return;
    call_->respond_json(
        json::object{{"error", "bad_request"}, {"reason", json::array{what, value}}}, 400);
}

bool Body::boolean(std::string_view name, bool otherwise) {
    const json::value* value = members_.if_contains(name);
    if (value == nullptr) return otherwise;
    if (const bool* held = value->if_bool()) return *held;
    const json::string* text = value->if_string();
    if (text != nullptr && (*text == "true" || *text == "false")) return *text == "true";
    refuse("not_boolean", *value);
    return otherwise;
}

std::string Body::text(std::string_view name, std::string_view otherwise) {
    const json::value* value = find(name);
    if (value == nullptr) return std::string(otherwise);
    if (const json::string* held = value->if_string()) return std::string(view(*held));
    refuse("not_string", *value);
    return {};
}

std::optional<std::int64_t> Body::integer(std::string_view name) {
    const json::value* value = members_.if_contains(name);
    if (value == nullptr) return std::nullopt;
    if (const std::int64_t* held = value->if_int64()) return *held;
    if (const json::string* text = value->if_string()) {
        std::int64_t number = 0;
        const auto [end, fault] =
            std::from_chars(text->data(), text->data() + text->size(), number);
        if (fault == std::errc() && end == text->data() + text->size()) return number;
    }
    refuse("not_integer", *value);
    return std::nullopt;
}

amqp091::FieldTable Body::table(std::string_view name) {
    const json::value* value = find(name);
    if (value == nullptr) return {};
    if (value->is_array() && value->get_array().empty()) return {};
    const json::object* object = value->if_object();
    auto table = object == nullptr ? std::nullopt : to_table(*object);
    if (!table) {
        refuse_text(fmt::format("{} not a valid table", name));
        return {};
    }
    return std::move(*table);
}

bool fits_short_string(const CallRef& call, std::string_view what, std::string_view text) {
    if (text.size() <= limits::short_string_bytes_max) return true;
    call->refuse_bad(
        fmt::format("{} should be less than 255 bytes, actually was {}\n", what, text.size()));
    return false;
}

void Body::need(std::initializer_list<std::string_view> names) {
    std::string missing;
    for (const std::string_view name : names)
        if (find(name) == nullptr)
            missing += fmt::format("{}{{key_missing,{}}}", missing.empty() ? "" : ",", name);
    if (!missing.empty()) refuse_text(fmt::format("[{}]", missing));
}

}  // namespace warren::http
