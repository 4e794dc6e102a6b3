#pragma once
// A publishing connection: one or more channels, each with its ring of prebuilt publishes, its
// confirms and its pace.
#include <cstdint>
#include <string_view>
#include <vector>

#include "confirm_tracker.h"
#include "frame_scanner.h"
#include "options.h"
#include "pacer.h"
#include "peer.h"
#include "publish_ring.h"

namespace loadgen {

class Producer final : public Peer {
public:
    // The client is past its handshake; channels are opened (and put into confirm mode) here.
    Producer(const Options& options, unsigned index, ControlClient& client, PeerContext context);

    bool turn(ReadArena& arena) override;
    Nanos next_due() const override;
    void finish() override;
    void add_latency(Histogram&, Histogram& confirm) const override { confirm.merge(latency_); }

    bool wants_bodies() const { return false; }
    bool on_body(const Content&, std::string_view) { return true; }
    bool on_content(std::uint16_t channel, const Content& content);
    bool on_method(std::uint16_t channel, Method method, std::string_view arguments);

private:
    struct Channel {
        double phase = 0;  // see Pacer
        PublishRing ring;
        ConfirmTracker confirms;
        Pacer pacer;
        Nanos wake_at = nanos_never;
        bool held_back = false;  // something was due and could not be sent: the next ones are late
    };

    bool publish();
    // Makes further messages ready, as far as confirms, rate, count and the ring allow.
    void fill(Channel& channel, Nanos now);
    void fill_at_rate(Channel& channel, std::size_t wanted, Nanos now);
    std::size_t allowed(const Channel& channel) const;
    bool on_confirm(std::uint16_t channel, Method method, std::string_view arguments);
    void note_if_done();

    const Options& options_;
    FrameScanner<Producer> scanner_;
    std::vector<Channel> channels_;
    std::size_t current_ = 0;  // the channel whose publishes are being written
    Nanos read_at_ = 0;        // of the read in hand, once something wanted to know
    bool started_ = false;
    bool done_ = false;
};

}  // namespace loadgen
