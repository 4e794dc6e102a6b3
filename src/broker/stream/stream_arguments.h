#pragma once
// What consumers of a stream ask for by arguments: where to begin (x-stream-offset) and which
// filter values they want (x-stream-filter, x-stream-match-unfiltered).
#include <cstdint>
#include <string>
#include <vector>

#include "amqp091/field_table.h"
#include "base/result.h"
#include "broker/stream/bloom_filter.h"

namespace warren::broker {

struct StreamOffset {
    enum class Kind : std::uint8_t { first, last, next, offset, timestamp, interval };

    Kind kind = Kind::next;
    // An offset; a time in milliseconds since 1970; so many milliseconds ago.
    std::uint64_t value = 0;

    friend bool operator==(const StreamOffset&, const StreamOffset&) = default;
};
// The error is how RabbitMQ says what is wrong: "{invalid_stream_offset_arg,...}".
Result<StreamOffset, std::string> parse_stream_offset(const amqp091::FieldTable& arguments);

// Which messages a consumer wants, by filter value. The unit is the batch: one that may have a
// message that is wanted comes as a whole.
struct StreamFilter {
    std::vector<std::string> values;  // none: everything is wanted
    bool match_unfiltered = false;    // messages without a value, too

    bool active() const { return !values.empty(); }
    bool may_match(const BloomFilter& filter) const;

    friend bool operator==(const StreamFilter&, const StreamFilter&) = default;
};
// What is not a text is passed over, as in RabbitMQ.
StreamFilter parse_stream_filter(const amqp091::FieldTable& arguments);

}  // namespace warren::broker
