#include "message.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "random.h"
#include "wire.h"

namespace crash {
namespace {

constexpr unsigned sequence_bits = 48;
constexpr std::size_t head_bytes = 16;
constexpr std::uint16_t basic_class = 60;
constexpr std::uint16_t headers_present = 1 << 13;
constexpr std::uint16_t delivery_mode_present = 1 << 12;
constexpr std::uint16_t priority_present = 1 << 11;

constexpr std::string_view offset_header = "x-stream-offset";

// What stands in a content header behind the body size.
struct Properties {
    std::map<std::string, std::int64_t, std::less<>> headers;
    std::string_view rest;  // delivery mode and priority
};

// Nothing if it is not what our messages have, with headers that are 64-bit integers.
std::optional<Properties> split(std::string_view properties) {
    loadgen::FieldReader reader(properties);
    const std::uint16_t flags = reader.u16();
    Properties parts;
    std::size_t headers_end = sizeof flags;
    if ((flags & headers_present) != 0) {
        const std::string_view table = reader.long_string();
        for (loadgen::FieldReader fields(table); !fields.at_end();) {
            const std::string name(fields.short_string());
            if (fields.u8() != 'l') return std::nullopt;
            parts.headers[name] = static_cast<std::int64_t>(fields.u64());
            if (!fields.ok()) return std::nullopt;
        }
        headers_end += sizeof(std::uint32_t) + table.size();
    }
    const bool others = (flags & ~headers_present) != (delivery_mode_present | priority_present);
    if (!reader.ok() || others || properties.size() < headers_end) return std::nullopt;
    parts.rest = properties.substr(headers_end);
    return parts;
}

std::uint64_t identity_of(const Message& message) {
    return (std::uint64_t{message.source} << sequence_bits) | message.sequence;
}

void append_filler(std::string& body, std::uint64_t seed, std::size_t body_bytes) {
    Random random(seed);
    while (body.size() < body_bytes) {
        char word[8];
        loadgen::store_big(word, random.next());
        body.append(word, std::min(sizeof word, body_bytes - body.size()));
    }
}

}  // namespace

Message MessageMaker::make(SourceIndex source, std::uint64_t sequence) const {
    const SourcePlan& plan = plan_.sources[source];
    Random random(mixed(seed_, (std::uint64_t{source} << sequence_bits) | sequence));
    Message message{.source = source, .sequence = sequence};
    message.persistent = !random.percent(plan.transient_percent);
    message.priority =
        plan.priorities == 0 ? 0 : static_cast<std::uint8_t>(random.below(plan.priorities));
    // As many between 16 and 160 octets as between 1,600 and 16,000.
    const double low = std::log(plan.body_bytes_min);
    const double high = std::log(plan.body_bytes_max + 1);
    const double bytes = std::exp(low + (high - low) * random.unit());
    message.body_bytes =
        std::clamp(static_cast<std::uint32_t>(bytes), plan.body_bytes_min, plan.body_bytes_max);
    message.delay_ms =
        static_cast<std::uint32_t>(std::pow(plan.delay_ms_max + 1.0, random.unit()) - 1);
    return message;
}

std::uint64_t MessageMaker::check_word(std::uint64_t identity, std::uint32_t body_bytes) const {
    return mixed(mixed(seed_, identity), body_bytes);
}

std::string MessageMaker::body(const Message& message) const {
    const std::uint64_t identity = identity_of(message);
    const std::uint64_t check = check_word(identity, message.body_bytes);
    std::string body(head_bytes, '\0');
    body.reserve(message.body_bytes);
    loadgen::store_big(body.data(), identity);
    loadgen::store_big(body.data() + 8, check);
    append_filler(body, check, message.body_bytes);
    return body;
}

std::string MessageMaker::properties(const Message& message) {
    std::string out;
    loadgen::FrameWriter writer(out);
    writer.u16(delivery_mode_present | priority_present |
               (message.delay_ms > 0 ? headers_present : 0));
    if (message.delay_ms > 0) writer.table({{"x-delay", std::int64_t{message.delay_ms}}});
    writer.u8(message.persistent ? 2 : 1).u8(message.priority);
    return out;
}

bool MessageMaker::may_bear(const Message& message, std::string_view delivered) {
    const auto parts = split(delivered);
    if (!parts || parts->rest != split(properties(message))->rest) return false;
    const std::int64_t delay_ms = message.delay_ms;
    for (const auto& [name, value] : parts->headers) {
        const bool counts = name == "x-acquired-count" || name == "x-delivery-count";
        if (!(counts && value > 0) && !(name == offset_header && value >= 0) &&
            !(name == "x-delay" && delay_ms > 0 && value == -delay_ms))
            return false;
    }
    return delay_ms == 0 || parts->headers.contains("x-delay");
}

std::optional<std::uint64_t> MessageMaker::stream_offset(std::string_view delivered) {
    const auto parts = split(delivered);
    if (!parts) return std::nullopt;
    const auto found = parts->headers.find(offset_header);
    if (found == parts->headers.end() || found->second < 0) return std::nullopt;
    return static_cast<std::uint64_t>(found->second);
}

std::optional<Message> MessageMaker::recognize(std::string_view body) const {
    if (body.size() < head_bytes) return std::nullopt;
    const std::uint64_t identity = loadgen::FieldReader(body).u64();
    const auto source = static_cast<SourceIndex>(identity >> sequence_bits);
    if (source >= plan_.sources.size()) return std::nullopt;
    const Message message = make(source, identity & ((std::uint64_t{1} << sequence_bits) - 1));
    if (message.body_bytes != body.size() || body != this->body(message)) return std::nullopt;
    return message;
}

void MessageMaker::append_publish(std::string& out, const Message& message,
                                  std::uint32_t frame_bytes_max) const {
    const SourcePlan& plan = plan_.sources[message.source];
    loadgen::FrameWriter writer(out);
    writer.method(1, loadgen::Method::basic_publish).u16(0);
    writer.short_string(plan.exchange).short_string(plan.routing_key).u8(0).end();
    writer.begin(loadgen::FrameType::header, 1).u16(basic_class).u16(0).u64(message.body_bytes);
    writer.raw(properties(message)).end();
    const std::string whole = body(message);
    const std::size_t piece_bytes = frame_bytes_max - loadgen::frame_overhead_bytes;
    for (std::size_t at = 0; at < whole.size(); at += piece_bytes) {
        const std::string_view piece = std::string_view(whole).substr(at, piece_bytes);
        writer.begin(loadgen::FrameType::body, 1).raw(piece).end();
    }
}

}  // namespace crash
