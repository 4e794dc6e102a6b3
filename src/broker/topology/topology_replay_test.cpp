// Random commands against a plain model, and against a second replica.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "base/prng.h"
#include "broker/topology/topology.h"
#include "broker/topology/topology_fixture.h"

namespace warren::broker {
namespace {

// Everything that a replica holds, in one fixed order.
std::string dump(const Topology& topology) {
    std::set<std::string> lines;
    for (const auto& vhost : topology.vhosts()) {
        for (const auto& queue : vhost->queues) {
            std::ostringstream line;
            line << vhost->name << " queue " << queue->name << " #" << queue->number << " shard "
                 << queue->shard.value << " owner " << queue->owner.value << " durable "
                 << queue->durable << " auto-delete " << queue->auto_delete << " user "
                 << *queue->user << " " << queue->arguments->encode();
            lines.insert(line.str());
        }
        for (const auto& exchange : vhost->exchanges) {
            std::ostringstream line;
            line << vhost->name << " exchange " << exchange->name << " #" << exchange->number << " "
                 << exchange->type->name << " durable " << exchange->durable << " auto-delete "
                 << exchange->auto_delete << " bindings " << exchange->outbound.size();
            lines.insert(line.str());
        }
        for (const auto& binding : vhost->bindings)
            lines.insert(vhost->name + " binding " + binding->source->name + " > " +
                         binding->destination->name + " " + binding->key);
        lines.insert(vhost->name + " version " + std::to_string(vhost->version()));
    }
    std::string all = "version " + std::to_string(topology.version()) + "\n";
    for (const std::string& line : lines)
        all += line + "\n";
    return all;
}

// What must exist after the same commands, written as simply as possible.
struct Model {
    struct Exchange {
        bool auto_delete;
        friend bool operator==(const Exchange&, const Exchange&) = default;
    };
    using End = std::pair<DestinationKind, std::string>;
    using Edge = std::tuple<std::string, End, std::string>;  // source, destination, key

    std::map<std::string, ConnectionId> queues;
    std::map<std::string, Exchange> exchanges;
    std::set<Edge> bindings;

    void remove_end(const End& end) {
        std::set<std::string> sources;
        std::erase_if(bindings, [&](const Edge& edge) {
            if (std::get<1>(edge) != end) return false;
            sources.insert(std::get<0>(edge));
            return true;
        });
        for (const std::string& source : sources)
            auto_delete(source);
    }
    void auto_delete(const std::string& source) {
        const auto found = exchanges.find(source);
        if (found == exchanges.end() || !found->second.auto_delete || in_use(source)) return;
        remove_exchange(source);
    }
    bool in_use(const std::string& source) const {
        for (const Edge& edge : bindings)
            if (std::get<0>(edge) == source) return true;
        return false;
    }
    void remove_exchange(const std::string& name) {
        exchanges.erase(name);
        std::erase_if(bindings, [&](const Edge& edge) { return std::get<0>(edge) == name; });
        remove_end({DestinationKind::exchange, name});
    }
    void remove_queue(const std::string& name) {
        queues.erase(name);
        remove_end({DestinationKind::queue, name});
    }
};

class ReplayTest : public ::testing::TestWithParam<std::uint64_t>, protected TopologyFixture {
protected:
    std::string pick(const char* prefix, std::uint64_t count) {
        return prefix + std::to_string(random_.below(count));
    }
    ConnectionId connection() { return {1 + random_.below(2)}; }

    // Makes up a command, applies it to the model, and says whether it must be accepted.
    TopologyCommand next(bool& accepted) {
        accepted = true;
        switch (random_.below(8)) {
            case 0:
            case 1:
                return declare_queue(accepted);
            case 2:
                return declare_exchange(accepted);
            case 3:
                return delete_queue_command();
            case 4:
                return delete_exchange(accepted);
            case 5:
                return random_.below(4) == 0 ? delete_owned() : unbind_command();
            default:
                return bind_command(accepted);
        }
    }

    TopologyCommand declare_queue(bool& accepted) {
        DeclareQueue command{.vhost = "/",
                             .name = pick("q", 12),
                             .durable = true,
                             .owner = random_.below(3) == 0 ? connection() : ConnectionId{},
                             .shard = {static_cast<std::uint16_t>(random_.below(4))},
                             .user = pick("user", 3)};
        const auto [at, made] = model_.queues.emplace(command.name, command.owner);
        accepted = at->second == command.owner;
        return {std::move(command)};
    }
    TopologyCommand declare_exchange(bool& accepted) {
        static constexpr const char* types[] = {"fanout", "direct", "topic", "headers", "x-random"};
        const std::uint64_t number = random_.below(10);
        DeclareExchange command{.vhost = "/",
                                .name = "x" + std::to_string(number),
                                .type = types[number % std::size(types)],
                                .auto_delete = random_.below(2) == 0};
        const auto [at, made] =
            model_.exchanges.emplace(command.name, Model::Exchange{command.auto_delete});
        accepted = at->second.auto_delete == command.auto_delete;
        return {std::move(command)};
    }
    TopologyCommand delete_queue_command() {
        const std::string name = pick("q", 12);
        const QueueRecord* queue = vhost().find_queue(name);
        model_.remove_queue(name);
        return {DeleteQueue{queue == nullptr ? QueueId{} : queue->id()}};
    }
    TopologyCommand delete_exchange(bool& accepted) {
        DeleteExchange command{
            .vhost = "/", .name = pick("x", 10), .if_unused = random_.below(2) == 0};
        accepted = !command.if_unused || !model_.in_use(command.name);
        if (accepted) model_.remove_exchange(command.name);
        return {std::move(command)};
    }
    TopologyCommand delete_owned() {
        const ConnectionId owner = connection();
        std::vector<std::string> names;
        for (const auto& [name, queue_owner] : model_.queues)
            if (queue_owner == owner) names.push_back(name);
        for (const std::string& name : names)
            model_.remove_queue(name);
        return {DeleteQueuesOf{owner}};
    }

    template <typename Command>
    Command random_binding() {
        const bool to_exchange = random_.below(3) == 0;
        return {
            .vhost = "/",
            .source = pick("x", 10),
            .destination_kind = to_exchange ? DestinationKind::exchange : DestinationKind::queue,
            .destination = to_exchange ? pick("x", 10) : pick("q", 12),
            .routing_key = pick("k", 3),
            .connection = connection()};
    }
    // Whether both ends exist and the asking connection may use them.
    template <typename Command>
    std::optional<bool> allowed(const Command& command) const {
        if (!model_.exchanges.contains(command.source)) return {};
        if (command.destination_kind == DestinationKind::exchange) {
            if (!model_.exchanges.contains(command.destination)) return {};
            return true;
        }
        const auto queue = model_.queues.find(command.destination);
        if (queue == model_.queues.end()) return {};
        return !queue->second || queue->second == command.connection;
    }
    template <typename Command>
    static Model::Edge edge_of(const Command& command) {
        return {
            command.source, {command.destination_kind, command.destination}, command.routing_key};
    }
    TopologyCommand bind_command(bool& accepted) {
        Bind command = random_binding<Bind>();
        accepted = allowed(command).value_or(false);
        if (accepted) model_.bindings.insert(edge_of(command));
        return {std::move(command)};
    }
    // Only bindings that the asking connection may remove, so that it is always accepted.
    TopologyCommand unbind_command() {
        Unbind command = random_binding<Unbind>();
        if (const auto queue = model_.queues.find(command.destination);
            queue != model_.queues.end() && queue->second)
            command.connection = queue->second;
        if (model_.bindings.erase(edge_of(command)) != 0) model_.auto_delete(command.source);
        return {std::move(command)};
    }

    void expect_like_model() const {
        std::map<std::string, ConnectionId> queues;
        for (const auto& queue : vhost().queues)
            queues.emplace(queue->name, queue->owner);
        EXPECT_EQ(queues, model_.queues);
        std::map<std::string, Model::Exchange> exchanges;
        for (const auto& exchange : vhost().exchanges)
            if (exchange->name.starts_with("x"))
                exchanges.emplace(exchange->name, Model::Exchange{exchange->auto_delete});
        EXPECT_EQ(exchanges, model_.exchanges);
        std::set<Model::Edge> bindings;
        for (const auto& binding : vhost().bindings)
            bindings.emplace(binding->source->name,
                             Model::End{binding->destination->kind, binding->destination->name},
                             binding->key);
        EXPECT_EQ(bindings, model_.bindings);
    }

    Prng random_{GetParam()};
    Model model_;
};

TEST_P(ReplayTest, random_commands_leave_what_the_model_says) {
    for (int round = 0; round < 3000; ++round) {
        bool accepted = false;
        const TopologyCommand command = next(accepted);
        const Topology::Answer answer = topology.apply(command, *observer);
        ASSERT_EQ(answer.has_value(), accepted)
            << "round " << round << (answer ? "" : ": " + answer.error().text);
        if (round % 16 == 0) expect_like_model();
        ASSERT_FALSE(HasFailure()) << "round " << round;
    }
    expect_like_model();
}

TEST_P(ReplayTest, replicas_fed_the_same_commands_are_equal) {
    Topology other;
    NullObserver nobody;
    ASSERT_TRUE(other.apply({CreateVhost{.name = "/"}}, nobody));
    for (int round = 0; round < 2000; ++round) {
        bool accepted = false;
        const TopologyCommand command = next(accepted);
        ASSERT_EQ(topology.apply(command, *observer), other.apply(command, nobody));
        if (round % 64 == 0) {
            ASSERT_EQ(dump(topology), dump(other));
        }
    }
    EXPECT_EQ(dump(topology), dump(other));
}

INSTANTIATE_TEST_SUITE_P(Seeds, ReplayTest, ::testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace warren::broker
