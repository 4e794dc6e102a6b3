#include "topology_state.h"

namespace crash {
namespace {

constexpr std::uint8_t durable = 2;

loadgen::Method method_of(TopologyChange::Kind kind) {
    using Kind = TopologyChange::Kind;
    switch (kind) {
        case Kind::declare_queue:
            return loadgen::Method::queue_declare;
        case Kind::delete_queue:
            return loadgen::Method::queue_delete;
        case Kind::declare_exchange:
            return loadgen::Method::exchange_declare;
        case Kind::delete_exchange:
            return loadgen::Method::exchange_delete;
        case Kind::bind:
            return loadgen::Method::queue_bind;
        case Kind::unbind:
            return loadgen::Method::queue_unbind;
    }
    return {};
}

}  // namespace

std::string churn_queue_name(std::size_t queue) {
    return "churn-queue-" + std::to_string(queue);
}

std::string churn_exchange_name(std::size_t exchange) {
    return "churn-exchange-" + std::to_string(exchange);
}

std::string churn_binding_key(std::size_t queue) {
    return "key-" + std::to_string(queue);
}

std::string TopologyChange::frame() const {
    std::string out;
    loadgen::FrameWriter writer(out);
    writer.method(1, method_of(kind)).u16(0);
    const auto length_max = static_cast<std::int64_t>(10 + generation);
    switch (kind) {
        case Kind::declare_queue:
            writer.short_string(churn_queue_name(queue)).u8(durable);
            writer.table({{"x-max-length", length_max}});
            break;
        case Kind::delete_queue:
            writer.short_string(churn_queue_name(queue)).u8(0);
            break;
        case Kind::declare_exchange:
            writer.short_string(churn_exchange_name(exchange));
            writer.short_string(generation % 2 == 0 ? "direct" : "topic").u8(durable).table({});
            break;
        case Kind::delete_exchange:
            writer.short_string(churn_exchange_name(exchange)).u8(0);
            break;
        case Kind::bind:
            writer.short_string(churn_queue_name(queue))
                .short_string(churn_exchange_name(exchange));
            writer.short_string(churn_binding_key(queue)).u8(0).table({});
            break;
        case Kind::unbind:
            writer.short_string(churn_queue_name(queue))
                .short_string(churn_exchange_name(exchange));
            writer.short_string(churn_binding_key(queue)).table({});
            break;
    }
    writer.end();
    return out;
}

loadgen::Method TopologyChange::answer() const {
    return loadgen::Method{static_cast<std::uint32_t>(method_of(kind)) + 1};
}

std::string TopologyChange::text() const {
    return method_name(answer()) + " of " + churn_queue_name(queue) + " or " +
           churn_exchange_name(exchange) + ", generation " + std::to_string(generation);
}

TopologyChange TopologyState::choose_change(Random& random, std::uint64_t generation) const {
    using Kind = TopologyChange::Kind;
    TopologyChange change{.queue = random.below(queue_count),
                          .exchange = random.below(exchange_count),
                          .generation = generation};
    const bool has_queue = queues[change.queue] != 0;
    const bool has_exchange = exchanges[change.exchange] != 0;
    if (!has_queue) {
        change.kind = Kind::declare_queue;
    } else if (!has_exchange) {
        change.kind = Kind::declare_exchange;
    } else if (random.percent(10)) {
        change.kind = random.percent(70) ? Kind::delete_queue : Kind::delete_exchange;
    } else {
        const bool bound = bindings.contains({change.exchange, change.queue});
        change.kind = bound ? Kind::unbind : Kind::bind;
    }
    return change;
}

void TopologyState::apply(const TopologyChange& change) {
    using Kind = TopologyChange::Kind;
    switch (change.kind) {
        case Kind::declare_queue:
            queues[change.queue] = change.generation;
            break;
        case Kind::delete_queue:
            queues[change.queue] = 0;
            std::erase_if(bindings,
                          [&](const auto& binding) { return binding.second == change.queue; });
            break;
        case Kind::declare_exchange:
            exchanges[change.exchange] = change.generation;
            break;
        case Kind::delete_exchange:
            exchanges[change.exchange] = 0;
            std::erase_if(bindings,
                          [&](const auto& binding) { return binding.first == change.exchange; });
            break;
        case Kind::bind:
            bindings.emplace(change.exchange, change.queue);
            break;
        case Kind::unbind:
            bindings.erase({change.exchange, change.queue});
            break;
    }
}

}  // namespace crash
