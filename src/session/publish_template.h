#pragma once
// The bytes of a channel's last publish, by which the next one is known at a glance: most clients
// send the same method and the same properties again and again, and only the body differs. A match
// needs two comparisons of memory where the frames would be cut, dispatched, decoded and checked
// one by one.
//
//   method frame | header frame up to its weight | body size | properties | body frame
//   `------------ the same bytes ---------------'             `- the same -'
//
// What does not match is not wrong: it goes the long way, which finds out and may be learned.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/ids.h"
#include "broker/message.h"

namespace warren::session {

class PublishTemplate {
public:
    // Views of the input that was matched.
    struct Match {
        ByteView address;             // short strings exchange and routing key
        ByteView header;              // payload of the content header frame
        ByteView body;                // not empty
        std::size_t total_bytes = 0;  // 0: no match, or not the whole of it is there
    };

    // Longer properties are not worth remembering.
    static constexpr std::size_t header_bytes_max = 512;

    // A publish that has passed all checks. `address` and `header` are as in Match; `traits` are
    // what was decoded of the header. Bodies of more than `body_bytes_max` never match; nor do
    // empty ones.
    void learn(ChannelId channel, ByteView address, bool mandatory, ByteView header,
               const broker::MessageTraits& traits, std::uint64_t body_bytes_max);
    void forget() { lead_.clear(); }
    bool known() const { return !lead_.empty(); }
    const broker::MessageTraits& traits() const { return traits_; }

    // Whether a whole publish like the one learned stands at the start of the input. known() only.
    Match match(ByteView input) const;

private:
    std::string lead_;   // the method frame and the header frame before the body size
    std::string trail_;  // from behind the body size to the channel of the body frame
    std::size_t address_bytes_ = 0;
    std::size_t header_bytes_ = 0;
    std::uint64_t body_bytes_max_ = 0;
    broker::MessageTraits traits_;
};

}  // namespace warren::session
