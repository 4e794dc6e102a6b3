#pragma once
// One way through the broker, again and again: from a publisher's bytes through a session, a queue
// and, where there is one, the log engine to a consumer's bytes. Two shards in one thread:
// publishers on the first, consumers on the second, with no socket, no clock and no other thread,
// so that the same binary executes the same instructions in every run.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace warren::bench {

struct HotPath {
    std::string_view name;
    std::size_t body_bytes = 16;
    std::size_t queues = 1;  // all get each message, by a fanout exchange, if there are several
    // Of a topic exchange, all to the one queue, where every message has another key than the one
    // before.
    unsigned bindings = 0;
    std::string_view queue_type = {};
    bool durable = false;  // and messages are persistent
    bool confirms = false;
    bool consumed = true;
    std::uint32_t ack_every = 0;  // 0: without acknowledgements
};

const std::vector<HotPath>& hot_paths();

// Sends `messages` and sees to it that all have arrived. The error says what has not.
std::string run(const HotPath& path, std::uint64_t messages, const std::string& folder);

}  // namespace warren::bench
