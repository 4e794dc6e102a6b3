#pragma once
// Numbers with units as rabbitmq.conf writes them.
#include <cstdint>
#include <optional>
#include <string_view>

namespace warren::config {

// Decimal digits with an optional sign; no blanks, no other letters, nothing beyond 64 bits.
std::optional<std::int64_t> parse_integer(std::string_view text);

// As Erlang writes floats: digits, a point, digits, an optional exponent. A plain integer is
// accepted, too.
std::optional<double> parse_float(std::string_view text);

// "1048576", "64KB", "1mb", "2GiB": here KB, MB and GB are powers of 1024, as in RabbitMQ's byte
// sizes.
std::optional<std::int64_t> parse_byte_size(std::string_view text);

// "2GB" is 2,000,000,000 and "2GiB" 2,147,483,648, as in RabbitMQ's memory and disk limits; K to P,
// any case.
std::optional<std::int64_t> parse_memory_size(std::string_view text);

// "1h30m", "1.5s", "250ms" in milliseconds: f (fortnights), w, d, h, m, s, ms, each with a number.
// A unit is a must.
std::optional<std::int64_t> parse_duration_ms(std::string_view text);

}  // namespace warren::config
