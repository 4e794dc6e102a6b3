#pragma once
// Between field tables, JSON and what requests say. For .cpp files: includes Boost.JSON.
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "amqp091/field_table.h"
#include "base/clock.h"
#include "http/call.h"

namespace warren::http {

namespace json = boost::json;

inline std::string_view view(const json::string& text) {
    return {text.data(), text.size()};
}

// As RabbitMQ shows arguments and headers. Bytes that are not UTF-8 become U+FFFD.
json::object to_json(const amqp091::FieldTable& table);
// Nothing where a name or a number cannot be one of a table.
std::optional<amqp091::FieldValue> to_value(const json::value& value);
std::optional<amqp091::FieldTable> to_table(const json::object& members);

json::array to_json(const std::vector<std::string>& words);
// "2026-11-21T20:37:55.967+00:00".
std::string rfc3339(WallTime time);

// The body of a request that has to be a JSON object; an empty body is an empty one. Where there is
// none, the call has been refused.
std::optional<json::object> object_of(const CallRef& call);

// A member of a request's body, with RabbitMQ's ways: absent (and null) is the default, "true" is
// true.
class Body {
public:
    Body(const CallRef& call, json::object members) : call_(call), members_(std::move(members)) {}

    // False once something was wrong: then the call has been refused.
    bool ok() const { return ok_; }
    const json::object& members() const { return members_; }
    const json::value* find(std::string_view name) const;

    bool boolean(std::string_view name, bool otherwise);
    std::string text(std::string_view name, std::string_view otherwise);
    std::optional<std::int64_t> integer(std::string_view name);
    amqp091::FieldTable table(std::string_view name);
    // Refuses unless all of them are there and not null, naming those that are not.
    void need(std::initializer_list<std::string_view> names);

private:
    void refuse(std::string_view what, const json::value& value);
    void refuse_text(std::string_view reason);

    CallRef call_;
    json::object members_;
    bool ok_ = true;
};

// Whether AMQP can say it: names of queues and exchanges, routing keys. Else the call has been
// refused, in RabbitMQ's words (which 255 bytes fit all the same).
bool fits_short_string(const CallRef& call, std::string_view what, std::string_view text);

}  // namespace warren::http
