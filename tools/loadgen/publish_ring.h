#pragma once
// The publishes of one channel, laid out once and sent again and again. The ring holds as many
// equal slots as fit, each the complete frames of one publish (method, header, body); before a slot
// is sent again only its sequence number and time stamp are written into the body. So a message
// costs its producer two stores and its share of one large write, whatever the size of its body.
//
// A body starts with 8 octets of identity (source in the upper 16 bits, sequence in the lower 48)
// if it is that long, then 8 octets of time stamp if it is that long, then filler that depends only
// on the position.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "clock.h"

namespace loadgen {

constexpr std::size_t identity_bytes = 8;
constexpr std::size_t stamped_bytes = 16;  // identity and time stamp
constexpr std::uint64_t sequence_mask = (std::uint64_t{1} << 48) - 1;

constexpr std::uint64_t make_identity(std::uint16_t source, std::uint64_t sequence) {
    return (std::uint64_t{source} << 48) | (sequence & sequence_mask);
}

// The octets every body of a run has after its stamp; consumers compare with the same.
std::string body_filler(std::size_t body_bytes);

struct PublishShape {
    std::uint16_t channel = 1;
    std::uint16_t source = 0;
    std::string exchange{};
    std::vector<std::string> routing_keys{{}};  // in turn; of one length
    std::size_t body_bytes = 16;
    bool persistent = false;
    bool mandatory = false;
    std::uint32_t frame_bytes_max = 131072;
};

class PublishRing {
public:
    // Room for about `ring_bytes`, at least two messages and all routing keys, else at most
    // `slots_max`; a multiple of the routing keys.
    PublishRing(const PublishShape& shape, std::size_t ring_bytes, std::size_t slots_max);

    // Makes up to `wanted` further messages ready to be sent, as far as slots are free, all with
    // one time stamp. Returns how many.
    std::size_t prepare(std::size_t wanted, Nanos stamp);

    // What is ready and not yet written, as far as it lies in one piece; empty when everything was
    // written.
    std::string_view pending() const;
    void written(std::size_t bytes);

    std::uint64_t prepared() const { return prepared_; }
    std::size_t slot_bytes() const { return slot_bytes_; }
    std::size_t slot_count() const { return slot_count_; }

private:
    std::size_t free_slots() const;

    std::string ring_;
    std::size_t slot_bytes_ = 0;
    std::size_t slot_count_ = 0;
    std::size_t identity_at_ = 0;  // within a slot; 0: the body is too short for one
    std::size_t stamp_at_ = 0;
    std::uint16_t source_ = 0;
    std::uint64_t prepared_ = 0;       // messages made ready since the start
    std::uint64_t written_bytes_ = 0;  // bytes handed to the socket since the start
};

}  // namespace loadgen
