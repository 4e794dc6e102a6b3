// A change of policies reaches every queue, in pieces, and is answered when the last one works by
// it.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "cluster/policy_sweep.h"
#include "cluster/quiet_sessions.h"
#include "cluster/shard_node.h"

namespace warren::cluster {
namespace {

using namespace broker;

// ---- the walk ----

class PolicySweepTest : public ::testing::Test {
protected:
    PolicySweepTest() { apply(CreateVhost{.name = "/"}); }

    void apply(TopologyCommandBody change) {
        struct Nobody final : TopologyObserver {
        } nobody;
        EXPECT_TRUE(topology_.apply({std::move(change)}, nobody).has_value());
    }
    void declare(std::size_t from, std::size_t to) {
        for (std::size_t n = from; n < to; ++n)
            apply(DeclareQueue{.vhost = "/", .name = "q" + std::to_string(n)});
    }
    // How many were visited in this piece.
    std::size_t visit_some() {
        std::size_t visited = 0;
        sweep_.visit_some(topology_, [&](const QueueRecord& queue) {
            seen_.insert(queue.name);
            ++visited;
        });
        return visited;
    }

    Topology topology_;
    PolicySweep sweep_;
    std::set<std::string> seen_;
};

TEST_F(PolicySweepTest, visits_every_queue_in_pieces_of_bounded_size) {
    constexpr std::size_t count = 5 * PolicySweep::looked_at_max;
    declare(0, count);
    sweep_.start("/");
    std::size_t pieces = 0;
    for (; !sweep_.idle(); ++pieces)
        EXPECT_LE(visit_some(), 2 * PolicySweep::looked_at_max);
    EXPECT_EQ(seen_.size(), count);
    EXPECT_GE(pieces, 5u);
}

TEST_F(PolicySweepTest, begins_anew_when_queues_that_come_move_the_others) {
    declare(0, 2 * PolicySweep::looked_at_max);
    sweep_.start("/");
    visit_some();
    declare(2 * PolicySweep::looked_at_max, 10 * PolicySweep::looked_at_max);
    while (!sweep_.idle())
        visit_some();
    EXPECT_EQ(seen_.size(), 10 * PolicySweep::looked_at_max);
}

TEST_F(PolicySweepTest, begins_anew_when_policies_change_again) {
    declare(0, 2 * PolicySweep::looked_at_max);
    sweep_.start("/");
    visit_some();
    seen_.clear();
    sweep_.start("/");
    while (!sweep_.idle())
        visit_some();
    EXPECT_EQ(seen_.size(), 2 * PolicySweep::looked_at_max);
}

TEST_F(PolicySweepTest, ends_when_the_vhost_goes) {
    declare(0, 2 * PolicySweep::looked_at_max);
    sweep_.start("/");
    visit_some();
    apply(DeleteVhost{"/"});
    visit_some();
    EXPECT_TRUE(sweep_.idle());
}

// ---- the shard ----

class Outcomes final : public test::QuietSessions {
public:
    void on_topology_outcome(const RequestTicket& ticket, TopologyOutcome outcome) override {
        EXPECT_TRUE(outcome.has_value());
        numbers.push_back(ticket.number);
    }
    std::vector<std::uint32_t> numbers;
};

class PolicyChange : public ::testing::Test, private TurnClock, private Interconnect {
protected:
    PolicyChange() { start(CreateVhost{.name = "/"}); }

    void start(TopologyCommandBody change) {
        EXPECT_TRUE(node_.bootstrap(TopologyCommand{std::move(change)}).has_value());
    }
    void declare(const std::string& name, const char* type = "classic") {
        start(DeclareQueue{
            .vhost = "/", .name = name, .durable = true, .arguments = {{"x-queue-type", type}}});
    }
    void submit(TopologyCommandBody change, std::uint32_t number) {
        node_.submit({std::move(change)}, {ConnectionId::make({0}, 1), number}, AnswerWhen::safe);
    }
    void submit_policy(amqp091::FieldTable definition, std::uint32_t number) {
        submit(SetPolicy{.vhost = "/", .name = "p", .definition = std::move(definition)}, number);
    }
    void settle() {
        do
            node_.end_turn();
        while (node_.needs_turn());
    }
    const QueueMachine* awake(std::string_view name) const {
        return node_.queues().find(node_.topology().find_vhost("/")->find_queue(name)->id());
    }

    Outcomes outcomes_;

private:
    Now now() override { return {{1000}, {0}}; }
    bool post(ShardId, ShardBatch&) override { return true; }

protected:
    ShardNode node_{1, *this, outcomes_, *this, 7};
};

TEST_F(PolicyChange, is_answered_when_every_queue_works_by_it) {
    constexpr int count = 4 * static_cast<int>(PolicySweep::looked_at_max);
    for (int n = 0; n < count; ++n)
        declare("q" + std::to_string(n), "quorum");  // these are awake at once
    submit_policy({{"max-length", std::int64_t{5}}}, 1);
    int turns = 0;
    for (; outcomes_.numbers.empty(); ++turns)
        node_.end_turn();
    EXPECT_GT(turns, 2);
    for (int n = 0; n < count; ++n)
        EXPECT_EQ(awake("q" + std::to_string(n))->settings().length_max, 5u);
}

TEST_F(PolicyChange, holds_back_the_answers_behind_it) {
    for (std::size_t n = 0; n < 4 * PolicySweep::looked_at_max; ++n)
        declare("q" + std::to_string(n));
    submit_policy({{"max-length", std::int64_t{5}}}, 1);
    submit(DeclareQueue{.vhost = "/", .name = "late"}, 2);
    node_.end_turn();
    EXPECT_TRUE(outcomes_.numbers.empty());
    settle();
    EXPECT_EQ(outcomes_.numbers, (std::vector<std::uint32_t>{1, 2}));
}

TEST_F(PolicyChange, wakes_a_queue_that_has_something_to_do_now) {
    declare("q");
    EXPECT_EQ(awake("q"), nullptr);
    submit_policy({{"max-length", std::int64_t{5}}}, 1);
    settle();
    EXPECT_EQ(awake("q"), nullptr);
    submit_policy({{"expires", std::int64_t{5000}}}, 2);
    settle();
    ASSERT_NE(awake("q"), nullptr);
    EXPECT_EQ(awake("q")->settings().expires_ms, 5000u);
}

TEST_F(PolicyChange, that_is_taken_back_leaves_the_arguments) {
    declare("q", "quorum");
    submit_policy({{"max-length", std::int64_t{5}}}, 1);
    submit(DeletePolicy{.vhost = "/", .name = "p"}, 2);
    settle();
    EXPECT_EQ(awake("q")->settings().length_max, std::nullopt);
}

TEST_F(PolicyChange, reaches_a_queue_that_is_declared_later) {
    submit_policy({{"max-length", std::int64_t{5}}}, 1);
    settle();
    declare("q", "quorum");
    EXPECT_EQ(awake("q")->settings().length_max, 5u);
}

}  // namespace
}  // namespace warren::cluster
