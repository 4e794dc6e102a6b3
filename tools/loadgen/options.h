#pragma once
// What one run shall do. Filled from the command line once, checked once, and only read afterwards.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spread.h"
#include "wire.h"

namespace loadgen {

// Where the broker is and how to log in.
struct Target {
    std::string host = "127.0.0.1";
    std::uint16_t port = 5672;
    std::string user = "guest";
    std::string password = "guest";
    std::string vhost = "/";
    std::uint32_t frame_bytes_max = 131072;
};

enum class Churn : std::uint8_t { none, connection, channel, queue, binding };

struct Options {
    Target target;

    // Who takes part.
    unsigned producers = 1;
    unsigned consumers = 1;
    unsigned producer_channels = 1;  // on each producer's connection
    unsigned threads = 1;

    // Queues and how messages get there.
    unsigned queues = 1;
    std::string queue_pattern = "loadgen-%d";
    unsigned queue_pattern_from = 1;
    std::string exchange;
    std::string exchange_type = "direct";
    std::string routing_key;
    bool spread = false;    // every producer publishes to all queues in turn
    unsigned bindings = 0;  // of the exchange, dealt to the queues, used in turn; 0: one a queue
    bool durable = false;
    bool auto_delete = false;
    bool keep = false;
    bool predeclared = false;
    FieldTable queue_arguments;

    // Messages.
    std::size_t body_bytes = 16;
    bool persistent = false;
    bool mandatory = false;
    std::uint32_t confirm_window = 0;  // unconfirmed messages a channel may have; 0: no confirms
    double rate = 0;  // messages a second and producer channel; 0: as fast as it goes

    // Consumers.
    std::uint16_t prefetch = 0;
    std::uint32_t ack_every = 1;
    bool auto_ack = false;
    bool streams = false;  // every consumer gets every message
    FieldTable consumer_arguments;

    // How long.
    double warmup_s = 0;
    double seconds = 5;
    std::uint64_t count = 0;  // messages of each producer channel; 0: until the time is over
    double drain_timeout_s = 10;

    // Runs of another kind.
    bool drain = false;  // consume what is there, publish nothing
    unsigned idle_connections = 0;
    unsigned idle_channels = 1;
    Churn churn = Churn::none;
    unsigned churn_depth = 100;      // requests in flight on a connection
    unsigned churn_connections = 1;  // to make requests on
    unsigned churn_count = 0;        // things made once and deleted once; 0: lap after lap
    bool churn_leave = false;        // queues go with their connections

    // Checks and output.
    bool latency = false;
    bool verify_body = false;
    bool allow_loss = false;
    int broker_pid = 0;
    std::string json_file;
    bool quiet = false;
    double interval_s = 1;

    std::string queue_name(unsigned index) const;
    std::string binding_key(unsigned queue_index) const;
    // Producers serve more than one routing key.
    bool spreads() const { return spread || bindings > 0; }
    Spread spread_over() const { return {bindings > 0 ? bindings : queues, queues}; }
    // How often a message arrives: in all queues when they are bound alike, else in the producer's
    // own; at each consumer of a stream.
    unsigned copies_of_each_message() const;
    // Each producer channel is a source with a number of its own, and sources are dealt to the
    // queues in turn: a message in the wrong queue shows by its number alone. A producer stays with
    // one queue unless there are fewer producers than queues; then its channels reach further ones.
    unsigned source_of(unsigned producer, unsigned channel) const {
        return channel * producers_rounded_up() + producer;
    }
    unsigned source_limit() const { return producer_channels * producers_rounded_up(); }
    unsigned queue_of_source(unsigned source) const { return source % queues; }
    unsigned producers_rounded_up() const {
        return producers < queues ? producers : (producers + queues - 1) / queues * queues;
    }
};

// Applies amqp://user:password@host:port/vhost with percent escapes; false if it is no such
// address.
bool apply_uri(std::string_view uri, Target& target);

// What is contradictory in the options, in words for the user; nothing when they make sense.
std::optional<std::string> find_contradiction(const Options& options);

// Reads the command line. Returns the exit code when the program shall end at once (--help, a wrong
// option).
std::optional<int> parse_command_line(int argc, char** argv, Options& options);

}  // namespace loadgen
