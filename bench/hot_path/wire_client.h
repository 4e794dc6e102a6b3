#pragma once
// A client of a TestNode that costs next to nothing: it writes bytes that were laid out before, and
// of what comes back it looks at the length only.
#include <memory>
#include <string>
#include <string_view>

#include "amqp091/frame_writer.h"
#include "tests/integration/test_node.h"

namespace warren::bench {

class WireClient final : public session::ConnectionHost {
public:
    // Connects to that shard as guest and opens channel 1.
    WireClient(test::TestNode& node, std::size_t shard_index);
    ~WireClient();
    WireClient(const WireClient&) = delete;
    WireClient& operator=(const WireClient&) = delete;
    void request_attention(session::Connection&) override {}

    // The broker does all that comes of it. False: the connection has ended.
    bool write(std::string_view bytes);
    template <typename Method>
    bool send(const Method& method, std::uint16_t channel = 1) {
        std::string frame;
        amqp091::append_method(frame, {channel}, method);
        return write(frame);
    }
    // Takes what has come since the last call.
    std::size_t take_output();

private:
    test::TestNode& node_;
    test::TestShard& shard_;
    std::unique_ptr<session::Connection> connection_;
    std::string unread_;  // written, not yet taken by the session
};

}  // namespace warren::bench
