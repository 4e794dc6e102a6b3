#include "publish_ring.h"

#include <algorithm>

#include "wire.h"

namespace loadgen {
namespace {

constexpr std::uint16_t basic_class = 60;
constexpr std::uint16_t delivery_mode_present = 1 << 12;

// One publish; tells where the first body frame's payload starts.
std::string publish_frames(const PublishShape& shape, const std::string& routing_key,
                           std::size_t& body_at) {
    std::string out;
    FrameWriter writer(out);
    writer.method(shape.channel, Method::basic_publish).u16(0);
    writer.short_string(shape.exchange).short_string(routing_key).u8(shape.mandatory ? 1 : 0).end();
    writer.begin(FrameType::header, shape.channel).u16(basic_class).u16(0).u64(shape.body_bytes);
    writer.u16(shape.persistent ? delivery_mode_present : 0);
    if (shape.persistent) writer.u8(2);
    writer.end();
    body_at = out.size() + frame_header_bytes;
    const std::string body = body_filler(shape.body_bytes);
    const std::size_t chunk = shape.frame_bytes_max - frame_overhead_bytes;
    for (std::size_t at = 0; at < body.size(); at += chunk) {
        writer.begin(FrameType::body, shape.channel)
            .raw(std::string_view(body).substr(at, chunk))
            .end();
    }
    return out;
}

}  // namespace

std::string body_filler(std::size_t body_bytes) {
    std::string filler(body_bytes, '\0');
    // A period of 251, a prime: a body that was shifted or cut at any power of two no longer
    // matches.
    for (std::size_t at = 0; at < body_bytes; ++at)
        filler[at] = static_cast<char>(at % 251);
    return filler;
}

PublishRing::PublishRing(const PublishShape& shape, std::size_t ring_bytes, std::size_t slots_max)
    : source_(shape.source) {
    std::size_t body_at = 0;
    std::string round;
    for (const std::string& key : shape.routing_keys)
        round += publish_frames(shape, key, body_at);
    const std::size_t keys = shape.routing_keys.size();
    slot_bytes_ = round.size() / keys;
    const std::size_t slots_wanted =
        std::clamp<std::size_t>(ring_bytes / slot_bytes_, 2, std::max<std::size_t>(2, slots_max));
    const std::size_t rounds = std::max<std::size_t>(1, slots_wanted / keys);
    slot_count_ = rounds * keys;
    if (shape.body_bytes >= identity_bytes) identity_at_ = body_at;
    if (shape.body_bytes >= stamped_bytes) stamp_at_ = body_at + identity_bytes;
    ring_.reserve(slot_bytes_ * slot_count_);
    for (std::size_t i = 0; i < rounds; ++i)
        ring_ += round;
}

// A slot is free again once its last octet was written.
std::size_t PublishRing::free_slots() const {
    return slot_count_ - static_cast<std::size_t>(prepared_ - written_bytes_ / slot_bytes_);
}

std::size_t PublishRing::prepare(std::size_t wanted, Nanos stamp) {
    const std::size_t count = std::min(wanted, free_slots());
    std::size_t slot = static_cast<std::size_t>(prepared_ % slot_count_);
    for (std::size_t i = 0; i < count; ++i) {
        char* const at = ring_.data() + slot * slot_bytes_;
        if (identity_at_ != 0) store_big(at + identity_at_, make_identity(source_, prepared_));
        if (stamp_at_ != 0) store_big(at + stamp_at_, stamp);
        ++prepared_;
        if (++slot == slot_count_) slot = 0;
    }
    return count;
}

std::string_view PublishRing::pending() const {
    const std::size_t ready = static_cast<std::size_t>(prepared_ * slot_bytes_ - written_bytes_);
    const std::size_t at = static_cast<std::size_t>(written_bytes_ % ring_.size());
    return {ring_.data() + at, std::min(ready, ring_.size() - at)};
}

void PublishRing::written(std::size_t bytes) {
    written_bytes_ += bytes;
}

}  // namespace loadgen
