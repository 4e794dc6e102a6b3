// What is asked of a queue that has been deleted meanwhile is answered nevertheless: whoever asks
// reads no further input until then.
#include <gtest/gtest.h>

#include "cluster/quiet_sessions.h"
#include "cluster/shard_node.h"

namespace warren::cluster {
namespace {

using namespace broker;

class Answers final : public test::QuietSessions {
public:
    void on_event(QueueEvent event) override {
        const auto* reply = std::get_if<QueueReply>(&event);
        if (reply == nullptr) return;
        EXPECT_EQ(std::get<QueueRefusal>(reply->body), QueueRefusal::queue_gone);
        numbers.push_back(reply->ticket.number);
    }
    std::vector<std::uint32_t> numbers;
};

class MissingQueue : public ::testing::Test, private TurnClock, private Interconnect {
protected:
    MissingQueue() {
        for (TopologyCommandBody change :
             {TopologyCommandBody{CreateVhost{.name = "/"}},
              TopologyCommandBody{DeclareQueue{.vhost = "/", .name = "q"}}})
            EXPECT_TRUE(node_.bootstrap(TopologyCommand{std::move(change)}).has_value());
        const QueueRecord* record = node_.topology().find_vhost("/")->find_queue("q");
        gone_ = {record->id(), record->shard};
        EXPECT_TRUE(node_.bootstrap(TopologyCommand{DeleteQueue{gone_.queue}}).has_value());
    }
    // Sends it with a ticket of this number.
    template <typename Command>
    void ask(Command command, std::uint32_t number) {
        command.ticket = {ConnectionId::make({0}, 1), number};
        node_.send(gone_, std::move(command));
        node_.end_turn();
    }

    Answers answers_;

private:
    Now now() override { return {{1000}, {0}}; }
    bool post(ShardId, ShardBatch&) override { return true; }

    ShardNode node_{1, *this, answers_, *this, 7};
    QueueAddress gone_;
};

TEST_F(MissingQueue, answers_every_question) {
    ask(Consume{}, 1);
    ask(Get{}, 2);
    ask(Purge{}, 3);
    ask(Delete{}, 4);
    ask(Inspect{}, 5);
    EXPECT_EQ(answers_.numbers, (std::vector<std::uint32_t>{1, 2, 3, 4, 5}));
}

}  // namespace
}  // namespace warren::cluster
