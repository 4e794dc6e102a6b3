#pragma once
// One message of the firehose as it stands in a trace's file, in the formats of RabbitMQ's
// rabbitmq_tracing: a block of text for people, or a line of JSON with the payload in base64.
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "broker/message.h"

namespace warren::http {

enum class TraceFormat : std::uint8_t { text, json };

struct TraceForm {
    TraceFormat format = TraceFormat::text;
    std::optional<std::uint64_t> payload_bytes_max{};  // what is longer is cut; nothing: all of it

    friend bool operator==(const TraceForm&, const TraceForm&) = default;
};

// `copy` is what broker/trace makes. With what ends it.
std::string trace_entry(const broker::Message& copy, const TraceForm& form, WallTime time);

}  // namespace warren::http
