#pragma once
// The least that can stand where a broker stands: it answers a client's set-up with canned frames
// and turns every publish into a delivery to whoever consumes, without queues, routing, or memory.
// It serves two ends. Its CPU per message is the floor that a broker on this machine cannot get
// below; and with faults switched on it is the wicked broker against which the load generator's own
// checks are tested.
//
// What it does not know: prefetch, more than one queue, messages beyond half a mebibyte. One
// thread, loopback only.
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "stream.h"
#include "wire.h"

namespace loadgen {

// Each number says at which messages the fault occurs; 0: never.
struct RelayFaults {
    std::uint64_t drop_every = 0;
    std::uint64_t duplicate_every = 0;
    std::uint64_t swap_every = 0;     // exchanges the message with the one before it
    std::uint64_t corrupt_every = 0;  // changes the last octet of the body
    std::uint64_t nack_every = 0;     // refuses instead of confirming
    std::uint64_t confirm_nothing_after = 0;
    std::uint64_t close_after = 0;  // connection.close with 541
};

class Relay {
public:
    // Listens on 127.0.0.1; port 0 picks a free one. Throws std::runtime_error.
    explicit Relay(std::uint16_t port, RelayFaults faults = {});
    ~Relay();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    std::uint16_t port() const { return port_; }
    // Serves until stop() is called from another thread or a signal handler.
    void run();
    void stop() { stopping_.store(true); }

private:
    struct Channel {
        bool confirms = false;
        std::uint64_t published = 0;
        std::uint64_t confirmed = 0;
    };
    struct Connection {
        explicit Connection(int fd) : stream(fd, {}) {}
        Stream stream;
        std::string out;
        bool greeted = false;
        bool closing = false;
        std::vector<Channel> channels;       // by number
        std::uint16_t consumer_channel = 0;  // 0: does not consume
        std::string deliver_head;            // basic.deliver up to the delivery tag
        std::uint64_t delivery_tag = 0;
    };
    // A whole publish as it lies in the read buffer.
    struct Publish {
        std::uint16_t channel = 0;
        std::string_view content;  // the header frame and the body frames
        std::size_t bytes = 0;     // of all its frames
    };

    void accept_all();
    void serve(Connection& connection);
    std::size_t consume_input(Connection& connection, std::string_view input);
    static bool whole_publish(std::string_view input, const Frame& method, Publish& publish);
    void on_publish(Connection& from, const Publish& publish);
    void deliver(std::string_view content);
    static Channel& channel_of(Connection& connection, std::uint16_t number);
    void confirm(Connection& connection, std::uint16_t number);
    void on_method(Connection& connection, const Frame& frame);
    void on_consume(Connection& connection, const Frame& frame);
    void answer_declare(Connection& connection, const Frame& frame);
    bool flush(Connection& connection);
    void drop_ended();
    bool consumers_are_full() const;

    RelayFaults faults_;
    int listener_ = -1;
    int epoll_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_{false};
    ReadArena arena_;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::vector<Connection*> consumers_;
    std::size_t next_consumer_ = 0;
    std::uint64_t received_ = 0;
    std::uint64_t kept_ = 0;  // messages that nobody consumed: counted, and thrown away
    std::string swapped_;     // a message that waits for the next to go first
};

}  // namespace loadgen
