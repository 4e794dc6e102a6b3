#include "broker/delay/delay_header.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "amqp091/content_header.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "broker/exchange/real_field.h"

namespace warren::broker {

namespace {

using amqp091::ContentHeader;
using amqp091::FieldView;
using amqp091::TableView;

constexpr std::string_view delay_header = "x-delay";
constexpr std::string_view time_header = "x-opt-delivery-time";

std::optional<std::int64_t> number_of(std::string_view digits) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size()) return {};
    return value;
}

std::optional<std::int64_t> number_of(double value) {
    // Beyond this every number is the longest delay, or none; NaN compares to nothing.
    constexpr double most = 1e18;
    if (value >= most) return static_cast<std::int64_t>(most);
    if (value <= -most) return static_cast<std::int64_t>(-most);
    if (value != value) return {};
    return static_cast<std::int64_t>(value);
}

std::optional<std::int64_t> number_of(const FieldView& field) {
    if (const auto integer = field.as_integer()) return integer;
    if (const auto text = field.as_text()) return number_of(*text);
    if (const auto real = real_of(field)) return number_of(*real);
    return {};
}

std::optional<std::int64_t> delay_in(TableView headers) {
    const auto field = headers.find(delay_header);
    if (!field) return {};
    return number_of(*field);
}

// In milliseconds since 1970.
std::optional<std::int64_t> delivery_time_in(TableView headers) {
    const auto field = headers.find(time_header);
    if (!field) return {};
    const auto seconds = field->as_timestamp();
    if (!seconds) return number_of(*field);
    return static_cast<std::int64_t>(std::min<std::uint64_t>(*seconds, INT64_MAX / 1000) * 1000);
}

ContentHeader header_of(const Message& message) {
    const auto header = ContentHeader::decode(message.header());
    ENSURE(header.has_value());  // it was checked when the message was published
    return *header;
}

}  // namespace

bool asks_for_delay(TableView headers) {
    if (const auto delay = delay_in(headers)) return *delay > 0;
    return delivery_time_in(headers).has_value();
}

Instant due_time(const Message& message, const Now& now) {
    constexpr auto longest_ms = static_cast<std::int64_t>(limits::delay_ms_max);
    const ContentHeader header = header_of(message);
    std::int64_t wait_ms = 0;
    if (const auto delay = delay_in(header.headers()))
        wait_ms = *delay > 0 ? std::min(*delay, longest_ms) + clock_margin_ms : 0;
    else if (const auto time = delivery_time_in(header.headers()))
        // The wall time is never ahead of the system's.
        wait_ms = std::max(*time, now.wall.ms) - now.wall.ms;
    return now.instant.plus_ms(std::min(wait_ms, longest_ms + clock_margin_ms));
}

MessageRef with_delay_passed(const Message& message) {
    const ContentHeader header = header_of(message);
    amqp091::FieldTable headers = header.headers().decode();
    headers.set(delay_header, -delay_in(header.headers()).value_or(0));
    const std::string changed =
        amqp091::HeaderEdit(header).set_headers(headers).encode(header.body_bytes());
    return message.with_envelope(message.exchange(), message.routing_key(), as_bytes(changed),
                                 message.traits());
}

}  // namespace warren::broker
