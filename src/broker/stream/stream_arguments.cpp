#include "broker/stream/stream_arguments.h"

#include <algorithm>
#include <limits>

#include "amqp091/field_text.h"
#include "broker/topology/stream_age.h"

namespace warren::broker {

namespace {

constexpr std::uint64_t second_ms = 1000;
constexpr std::uint64_t time_ms_max = std::numeric_limits<std::int64_t>::max();

// As RabbitMQ prints a value that it does not understand: {longstr,<<"nowhere">>}.
std::string describe_value(const amqp091::FieldValue& value) {
    const std::string* text = value.as_text();
    const std::string content = text == nullptr ? amqp091::value_text(value)
                                : text->empty() ? "<<>>"
                                                : "<<\"" + *text + "\">>";
    return "{" + std::string(amqp091::type_name(value.type())) + "," + content + "}";
}

std::optional<StreamOffset> offset_of_text(std::string_view text) {
    using Kind = StreamOffset::Kind;
    if (text == "first") return StreamOffset{Kind::first, 0};
    if (text == "last") return StreamOffset{Kind::last, 0};
    if (text == "next") return StreamOffset{Kind::next, 0};
    const auto age_ms = stream_age_ms(text);
    if (!age_ms) return std::nullopt;
    return StreamOffset{Kind::interval, std::min(*age_ms, time_ms_max)};
}

std::optional<StreamOffset> offset_of(const amqp091::FieldValue& value) {
    using Kind = StreamOffset::Kind;
    if (const std::string* text = value.as_text()) return offset_of_text(*text);
    if (const auto* bytes = std::get_if<amqp091::ByteArray>(&value.variant()))
        return offset_of_text(bytes->bytes);
    if (const auto number = value.as_integer())
        return StreamOffset{Kind::offset,
                            static_cast<std::uint64_t>(std::max<std::int64_t>(*number, 0))};
    if (const auto* time = std::get_if<amqp091::Timestamp>(&value.variant()))
        return StreamOffset{Kind::timestamp,
                            std::min(time->seconds, time_ms_max / second_ms) * second_ms};
    return std::nullopt;
}

}  // namespace

Result<StreamOffset, std::string> parse_stream_offset(const amqp091::FieldTable& arguments) {
    const amqp091::FieldValue* value = arguments.find("x-stream-offset");
    if (value == nullptr) return StreamOffset{};
    if (const auto offset = offset_of(*value)) return *offset;
    return fail("{invalid_stream_offset_arg," + describe_value(*value) + "}");
}

bool StreamFilter::may_match(const BloomFilter& filter) const {
    return (match_unfiltered && filter.may_contain({})) ||
           std::ranges::any_of(values,
                               [&](const std::string& value) { return filter.may_contain(value); });
}

StreamFilter parse_stream_filter(const amqp091::FieldTable& arguments) {
    StreamFilter filter;
    if (const amqp091::FieldValue* wanted = arguments.find("x-stream-filter")) {
        const auto add = [&](const amqp091::FieldValue& value) {
            if (const std::string* text = value.as_text()) filter.values.push_back(*text);
        };
        add(*wanted);
        if (const amqp091::FieldArray* several = wanted->as_array())
            std::ranges::for_each(*several, add);
    }
    const amqp091::FieldValue* unfiltered = arguments.find("x-stream-match-unfiltered");
    filter.match_unfiltered =
        unfiltered != nullptr && unfiltered->as_bool() != nullptr && *unfiltered->as_bool();
    return filter;
}

}  // namespace warren::broker
