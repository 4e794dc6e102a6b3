#include "topology.h"

namespace loadgen {
namespace {

constexpr std::uint16_t channel = 1;
constexpr std::uint8_t passive = 1;
constexpr std::uint8_t durable = 2;
constexpr std::uint8_t auto_delete = 8;  // of queue.declare

}  // namespace

Topology::Topology(const Options& options) : options_(options), client_(options.target) {
    client_.handshake();
    client_.open_channel(channel);
}

void Topology::declare() {
    remove();
    if (!options_.exchange.empty()) {
        std::string out;
        FrameWriter writer(out);
        writer.method(channel, Method::exchange_declare).u16(0).short_string(options_.exchange);
        writer.short_string(options_.exchange_type)
            .u8(options_.durable ? durable : 0)
            .table({})
            .end();
        client_.call(out, channel, Method::exchange_declare_ok);
    }
    for (unsigned i = 0; i < options_.queues; ++i) {
        declare_queue(i);
        if (!options_.exchange.empty()) bind_queue(i);
    }
}

void Topology::declare_queue(unsigned index) {
    const unsigned flags =
        (options_.durable ? durable : 0u) | (options_.auto_delete ? auto_delete : 0u);
    std::string out;
    FrameWriter writer(out);
    writer.method(channel, Method::queue_declare).u16(0).short_string(options_.queue_name(index));
    writer.u8(static_cast<std::uint8_t>(flags)).table(options_.queue_arguments).end();
    client_.call(out, channel, Method::queue_declare_ok);
}

void Topology::bind_queue(unsigned index) {
    std::string out;
    FrameWriter writer(out);
    writer.method(channel, Method::queue_bind).u16(0).short_string(options_.queue_name(index));
    writer.short_string(options_.exchange)
        .short_string(options_.binding_key(index))
        .u8(0)
        .table({})
        .end();
    client_.call(out, channel, Method::queue_bind_ok);
}

void Topology::remove() {
    for (unsigned i = 0; i < options_.queues; ++i) {
        std::string out;
        FrameWriter writer(out);
        writer.method(channel, Method::queue_delete)
            .u16(0)
            .short_string(options_.queue_name(i))
            .u8(0)
            .end();
        client_.call(out, channel, Method::queue_delete_ok);
    }
    if (options_.exchange.empty()) return;
    std::string out;
    FrameWriter writer(out);
    writer.method(channel, Method::exchange_delete)
        .u16(0)
        .short_string(options_.exchange)
        .u8(0)
        .end();
    client_.call(out, channel, Method::exchange_delete_ok);
}

std::uint64_t Topology::ready_messages() {
    std::uint64_t sum = 0;
    for (unsigned i = 0; i < options_.queues; ++i) {
        std::string out;
        FrameWriter writer(out);
        writer.method(channel, Method::queue_declare)
            .u16(0)
            .short_string(options_.queue_name(i))
            .u8(passive);
        writer.table({}).end();
        const std::string answer = client_.call(out, channel, Method::queue_declare_ok);
        FieldReader reader(answer);
        reader.short_string();
        sum += reader.u32();
    }
    return sum;
}

}  // namespace loadgen
