#pragma once
// Names of log levels and categories as configuration and environment write them.
#include <optional>
#include <string_view>

#include "base/log.h"

namespace warren::config {

// Also the comparisons that RabbitMQ keeps from its older logger: `=debug`, `!=info`, `<=notice`,
// `<warning` all let debug messages through, so they mean debug.
std::optional<log::Level> parse_log_level(std::string_view text);

std::optional<log::Category> parse_log_category(std::string_view text);

}  // namespace warren::config
