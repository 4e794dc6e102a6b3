#pragma once
// A client that asks and waits: for declaring queues, for handshakes, for idle connections and
// churn. It is never in the hot path. The handshake can be walked step by step, so that hundreds of
// connections go through it side by side.
//
// A refusal by the broker (connection.close, channel.close, an end of the connection) is thrown as
// BrokerError with the broker's own words.
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "options.h"
#include "wire.h"

namespace loadgen {

class BrokerError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class ControlClient {
public:
    // Connects the socket and sends the protocol header; nothing is waited for.
    explicit ControlClient(const Target& target);
    ~ControlClient();
    ControlClient(ControlClient&& other) noexcept;
    ControlClient(const ControlClient&) = delete;
    ControlClient& operator=(const ControlClient&) = delete;

    // The handshake in its three waits, and all of it.
    void answer_start();
    void answer_tune();
    void finish_open();
    void handshake();

    void send(std::string_view frames);
    // Waits for a method on a channel and returns its arguments. Heartbeats and blocked notices
    // pass silently.
    std::string wait_for(std::uint16_t channel, Method expected);
    // The same on whichever channel it comes: a broker may answer channels in another order than
    // they asked.
    std::string wait_for(Method expected);
    std::string call(std::string_view frames, std::uint16_t channel, Method answer);

    void open_channel(std::uint16_t channel);
    void request_close();
    // Waits for close-ok and drops the socket without leaving it in TIME_WAIT, which would run
    // churn out of ports.
    void finish_close();

    // Hands the socket over; what was read past the last answer goes with it.
    int release(std::string& unread);
    int fd() const { return fd_; }
    std::uint32_t frame_bytes_max() const { return frame_bytes_max_; }
    const std::string& product() const { return product_; }

private:
    std::string next_frame(Frame& frame);
    std::string wait_for(std::optional<std::uint16_t> channel, Method expected);
    [[noreturn]] void fail(const std::string& what) const;

    const Target& target_;
    int fd_ = -1;
    std::string input_;
    std::size_t input_at_ = 0;
    std::uint32_t frame_bytes_max_ = 0;
    std::string product_;
};

// Opens a TCP connection with Nagle's algorithm off; throws BrokerError.
int connect_to(const Target& target);

// On a socket that was handed over: sends `last_words` and connection.close, then reads until the
// answer, at most two seconds, and closes it.
void close_politely(int fd, std::string_view last_words);

}  // namespace loadgen
