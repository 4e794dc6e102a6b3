#pragma once
// Which messages of a queue somebody means, by what they say of themselves. All that is given must
// hold; a filter without anything means every message.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "amqp091/field_table.h"
#include "base/clock.h"
#include "base/pattern.h"
#include "broker/message.h"

namespace warren::http {

class MessageFilter {
public:
    bool matches(const broker::Message& message, WallTime now) const;
    bool means_all() const {
        return !exchange && !routing_key && headers.empty() && properties.empty() &&
               !older_than_s && !younger_than_s;
    }

    // As they were published.
    std::optional<std::string> exchange;
    std::optional<Pattern> routing_key;
    // Values of headers, compared as texts: "5" is 5. No value: the header is there.
    std::vector<std::pair<std::string, std::optional<std::string>>> headers;
    // Values of properties of text, by RabbitMQ's names: message_id, type, ...
    std::vector<std::pair<std::string, std::string>> properties;
    // By the property `timestamp`; what has none is of no age.
    std::optional<std::int64_t> older_than_s;
    std::optional<std::int64_t> younger_than_s;
};

}  // namespace warren::http
