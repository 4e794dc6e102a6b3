#pragma once
// Exchanges, queues and bindings that come and go while messages flow: what there is, as a value.
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "random.h"
#include "wire.h"

namespace crash {

// One change of the topology: one method, and the method that answers it.
struct TopologyChange {
    enum class Kind : std::uint8_t {
        declare_queue,
        delete_queue,
        declare_exchange,
        delete_exchange,
        bind,
        unbind,
    };
    Kind kind{};
    std::size_t queue = 0;
    std::size_t exchange = 0;
    std::uint64_t generation = 0;  // of what is declared

    std::string frame() const;
    loadgen::Method answer() const;
    std::string text() const;
};

struct TopologyState {
    static constexpr std::size_t queue_count = 12;
    static constexpr std::size_t exchange_count = 5;

    // 0: it does not exist. Arguments and types follow from the generation, so that one that was
    // deleted and declared again is not mistaken for the first.
    std::array<std::uint64_t, queue_count> queues{};
    std::array<std::uint64_t, exchange_count> exchanges{};
    std::set<std::pair<std::size_t, std::size_t>> bindings;  // exchange, queue

    TopologyChange choose_change(Random& random, std::uint64_t generation) const;
    void apply(const TopologyChange& change);

    friend bool operator==(const TopologyState&, const TopologyState&) = default;
};

std::string churn_queue_name(std::size_t queue);
std::string churn_exchange_name(std::size_t exchange);
std::string churn_binding_key(std::size_t queue);

}  // namespace crash
