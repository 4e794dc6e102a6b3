#pragma once
// For tests: two shards, the log of what they have in common, and its disk, which syncs when it is
// told to.
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cluster/fake_command_log.h"
#include "cluster/metadata_log.h"
#include "cluster/quiet_sessions.h"
#include "cluster/shard_node.h"

namespace warren::cluster {

class SharedMetadata : public ::testing::Test, private TurnClock {
protected:
    static constexpr std::uint16_t shard_count = 2;

    SharedMetadata() {
        auto opened = MetadataLog::open([this](storage::CommandLogEvents& events) {
            auto made = std::make_unique<test::FakeCommandLog>(events);
            disk_ = made.get();
            return Result<MetadataLog::Log, std::string>(std::move(made));
        });
        log_ = std::move(*opened);
        // What the node starts with is in the log already.
        const MetadataCommand first = broker::TopologyCommand{broker::CreateVhost{.name = "/"}};
        log_->append(first);
        log_->end_turn({}, true);
        disk_->sync();
        disk_->syncs_asked = 0;
        for (std::uint16_t shard = 0; shard < shard_count; ++shard) {
            set_this_shard({shard});
            rooms_.push_back(std::make_unique<Room>(*this));
            EXPECT_TRUE(rooms_.back()->node.bootstrap(first).has_value());
        }
        set_this_shard({0});
        node(0).keep_metadata_in(*log_);
    }
    ~SharedMetadata() {
        for (std::uint16_t shard = 0; shard < shard_count; ++shard) {
            set_this_shard({shard});
            rooms_[shard].reset();
        }
        set_this_shard({0});
    }

    ShardNode& node(std::uint16_t shard) { return rooms_[shard]->node; }

    void submit(std::uint16_t shard, broker::TopologyCommandBody body, std::uint32_t number,
                broker::AnswerWhen when = broker::AnswerWhen::safe) {
        set_this_shard({shard});
        node(shard).submit({std::move(body)}, {ConnectionId::make({shard}, 1), number}, when);
    }
    // Turns of all shards until nothing moves any more.
    void settle() {
        for (int round = 0; round < 8; ++round)
            for (std::uint16_t shard = 0; shard < shard_count; ++shard)
                turn_of(shard);
    }
    void turn_of(std::uint16_t shard) {
        set_this_shard({shard});
        auto& inbox = rooms_[shard]->inbox;
        for (; !inbox.empty(); inbox.pop_front())
            node(shard).receive({}, std::move(inbox.front()));
        node(shard).end_turn();
        node(shard).post();
    }
    // Numbers of the changes that were answered on this shard since the last look.
    std::vector<std::uint32_t> answers(std::uint16_t shard) {
        settle();
        return rooms_[shard]->sessions.take_answered();
    }
    using Numbers = std::vector<std::uint32_t>;

    static broker::DeclareQueue queue(std::string name, bool durable) {
        return {.vhost = "/", .name = std::move(name), .durable = durable};
    }

    test::FakeCommandLog* disk_ = nullptr;
    std::unique_ptr<MetadataLog> log_;

private:
    struct Room final : Interconnect {
        explicit Room(SharedMetadata& test)
            : owner(test), node(shard_count, test, sessions, *this, 7) {}
        bool post(ShardId to, ShardBatch& batch) override {
            owner.rooms_[to.value]->inbox.push_back(std::move(batch));
            batch.clear();
            return true;
        }

        SharedMetadata& owner;
        test::QuietSessions sessions;
        std::deque<ShardBatch> inbox;
        ShardNode node;
    };

    Now now() override { return {{1000}, {0}}; }

    std::vector<std::unique_ptr<Room>> rooms_;
};

}  // namespace warren::cluster
