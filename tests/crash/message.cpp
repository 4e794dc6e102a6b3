#include "message.h"

#include <algorithm>
#include <cmath>

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
    writer.u16(delivery_mode_present | priority_present);
    writer.u8(message.persistent ? 2 : 1).u8(message.priority);
    return out;
}

bool MessageMaker::may_bear(const Message& message, std::string_view delivered) {
    const std::string own = properties(message);
    if (delivered == own) return true;
    loadgen::FieldReader reader(delivered);
    const std::uint16_t flags = reader.u16();
    if (flags != (headers_present | delivery_mode_present | priority_present)) return false;
    const std::string_view table = reader.long_string();
    for (loadgen::FieldReader fields(table); !fields.at_end();) {
        const std::string_view name = fields.short_string();
        if (name != "x-acquired-count" && name != "x-delivery-count") return false;
        if (fields.u8() != 'l' || fields.u64() == 0 || !fields.ok()) return false;
    }
    return reader.ok() && delivered.substr(2 + 4 + table.size()) == std::string_view(own).substr(2);
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
