#pragma once
// A consuming connection: a channel for each of its queues, of which it has several where there are
// fewer consumers than queues. It checks every message (size, source, order, duplicates, on request
// every octet) and acknowledges by multiple after every N.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "delivery_ledger.h"
#include "frame_scanner.h"
#include "options.h"
#include "peer.h"

namespace loadgen {

// What has arrived from one queue, at whichever of its consumers. All of them run on one thread.
struct QueueRecord {
    unsigned queue = 0;
    std::vector<DeliveryLedger> sources;  // by the source's number within the queue

    std::uint64_t missing() const;
};

class Consumer final : public Peer {
public:
    // The client is past its handshake; channels are opened here, consuming starts with the first
    // turn. `records`: of its queues.
    Consumer(const Options& options, unsigned index, const std::vector<QueueRecord*>& records,
             ControlClient& client, PeerContext context);

    bool turn(ReadArena& arena) override;
    void finish() override;
    void add_latency(Histogram& delivery, Histogram&) const override { delivery.merge(latency_); }

    bool wants_bodies() const { return !filler_.empty(); }
    bool on_body(const Content& content, std::string_view piece);
    bool on_content(std::uint16_t channel, const Content& content);
    bool on_method(std::uint16_t channel, Method method, std::string_view arguments);

private:
    // A queue and its channel.
    struct Lane {
        QueueRecord& record;
        std::uint16_t channel = 0;
        std::vector<std::uint64_t> last{};  // the highest sequence number of each source plus one
        std::uint64_t last_tag = 0;
        std::uint32_t unacknowledged = 0;
        bool consuming = false;

        // The messages of one source as this consumer has seen them; for order.
        std::uint64_t& last_of(std::size_t source);
    };

    bool check_identity(Lane& lane, const Content& content);
    void note_disorder(std::uint64_t& counter, const char* what, const Content& content);
    void acknowledge(Lane& lane);

    const Options& options_;
    const Spread spread_;
    FrameScanner<Consumer> scanner_;
    std::vector<Lane> lanes_;  // by channel
    std::size_t lanes_ready_ = 0;
    std::string filler_;  // what bodies must hold, when that is to be checked
    Nanos read_at_ = 0;
    bool measuring_ = false;
};

}  // namespace loadgen
