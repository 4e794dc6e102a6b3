#include "topology.h"

#include <algorithm>

#include "binding_plan.h"

namespace loadgen {
namespace {

constexpr std::uint16_t channel = 1;
constexpr unsigned batch_requests = 1000;  // on their way at once
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
    ask_for_all(options_.queues, Method::queue_declare_ok,
                [this](unsigned index) { return queue_declaration(index); });
    if (options_.exchange.empty()) return;
    if (options_.bindings == 0) {
        ask_for_all(options_.queues, Method::queue_bind_ok,
                    [this](unsigned index) { return binding(index, options_.binding_key(index)); });
        return;
    }
    const BindingPlan plan(options_.bindings);
    const bool patterns = options_.exchange_type == "topic";
    ask_for_all(options_.bindings, Method::queue_bind_ok, [&](unsigned index) {
        return binding(index % options_.queues, patterns ? plan.pattern(index) : plan.key(index));
    });
}

template <typename Request>
void Topology::ask_for_all(unsigned count, Method answer, Request&& request) {
    for (unsigned first = 0; first < count; first += batch_requests) {
        const unsigned end = std::min(count, first + batch_requests);
        std::string out;
        for (unsigned index = first; index < end; ++index)
            out += request(index);
        client_.send(out);
        for (unsigned index = first; index < end; ++index)
            client_.wait_for(channel, answer);
    }
}

std::string Topology::queue_declaration(unsigned index) const {
    const unsigned flags =
        (options_.durable ? durable : 0u) | (options_.auto_delete ? auto_delete : 0u);
    std::string out;
    FrameWriter writer(out);
    writer.method(channel, Method::queue_declare).u16(0).short_string(options_.queue_name(index));
    writer.u8(static_cast<std::uint8_t>(flags)).table(options_.queue_arguments).end();
    return out;
}

std::string Topology::binding(unsigned queue, std::string_view key) const {
    std::string out;
    FrameWriter writer(out);
    writer.method(channel, Method::queue_bind).u16(0).short_string(options_.queue_name(queue));
    writer.short_string(options_.exchange).short_string(key).u8(0).table({}).end();
    return out;
}

void Topology::remove() {
    ask_for_all(options_.queues, Method::queue_delete_ok, [this](unsigned index) {
        std::string out;
        FrameWriter writer(out);
        writer.method(channel, Method::queue_delete)
            .u16(0)
            .short_string(options_.queue_name(index))
            .u8(0)
            .end();
        return out;
    });
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
