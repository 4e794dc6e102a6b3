// What a node starts with, start after start, on a log that the test keeps in memory.
#include "app/metadata_start.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "cluster/fake_command_log.h"
#include "cluster/metadata_codec.h"
#include "tests/sim/disk_test_support.h"

namespace warren::app {
namespace {

using broker::DeclareQueue;

class MetadataStartTest : public ::testing::Test {
protected:
    MetadataStartTest() {
        EXPECT_TRUE(disk_.create_folder("data"));
        config_.defaults.vhost = "/";
        config_.defaults.user = "guest";
        config_.defaults.pass = "guest";
        config_.defaults.permissions = {".*", ".*", ".*"};
    }
    ~MetadataStartTest() { std::remove(definitions_path().c_str()); }

    static std::string definitions_path() {
        return ::testing::TempDir() + "metadata_start_test.json";
    }
    void define(std::string_view json) {
        std::ofstream(definitions_path()) << json;
        config_.load_definitions = definitions_path();
    }

    // One start of a node. What it appends is there at the next one.
    Result<void, std::string> start(std::size_t shards = 2) {
        auto folder = DataFolder::open(disk_, "data", {.node_name = "n", .shards = shards});
        if (!folder) return fail(folder.error());
        StorageLane lane("test");
        auto log = cluster::MetadataLog::open([&](storage::CommandLogEvents& events) {
            auto made = std::make_unique<SyncingLog>(events, *this);
            return Result<cluster::MetadataLog::Log, std::string>(std::move(made));
        });
        auto started = start_metadata(config_, *folder, std::move(*log), lane, stored_);
        if (!started) return fail(started.error());
        state_ = std::make_unique<cluster::MetadataState>();
        return state_->replay(started->commands);
    }
    void must_start() {
        const auto started = start();
        ASSERT_TRUE(started.has_value()) << started.error();
    }
    // A client has done this before the node went down.
    void store(broker::TopologyCommandBody body) {
        stored_.push_back(cluster::encode(broker::TopologyCommand{std::move(body)}));
    }
    const broker::QueueRecord* queue(const char* name) const {
        return state_->topology().find_vhost("/")->find_queue(name);
    }

    sim::SimulatedDisk disk_{1};
    config::Config config_;
    std::vector<std::string> stored_;  // what the disk has of the log
    bool disk_works_ = true;
    std::unique_ptr<cluster::MetadataState> state_;

private:
    // Durable when handed over, as long as the disk works.
    class SyncingLog final : public storage::CommandLog {
    public:
        SyncingLog(storage::CommandLogEvents& events, MetadataStartTest& test)
            : events_(events), test_(test) {}
        std::uint64_t append(ByteView command) override {
            appended_.emplace_back(as_text(command));
            return appended_.size();
        }
        void end_turn(Instant, bool) override {
            if (!test_.disk_works_) return events_.command_log_failed("no disk");
            for (; durable_ < appended_.size(); ++durable_)
                test_.stored_.push_back(appended_[durable_]);
        }
        std::uint64_t durable_through() const override { return durable_; }
        Instant next_deadline() const override { return Instant::never(); }
        void stop(std::move_only_function<void()> done) override { done(); }

    private:
        storage::CommandLogEvents& events_;
        MetadataStartTest& test_;
        std::vector<std::string> appended_;
        std::size_t durable_ = 0;
    };
};

TEST_F(MetadataStartTest, a_new_folder_gets_the_defaults_and_a_used_one_does_not) {
    must_start();
    EXPECT_NE(state_->topology().find_vhost("/"), nullptr);
    EXPECT_NE(state_->users().access("guest", "/"), nullptr);
    stored_.push_back(cluster::encode(auth::UserCommand{auth::DeleteUser{"guest"}}));
    must_start();
    EXPECT_EQ(state_->users().find("guest"), nullptr);
}

// Of the defaults only the first was safe when the power went.
TEST_F(MetadataStartTest, a_first_start_that_was_cut_short_is_made_good) {
    store(broker::CreateVhost{.name = "/"});
    must_start();
    EXPECT_NE(state_->users().access("guest", "/"), nullptr);
}

TEST_F(MetadataStartTest, durable_things_stay_with_their_numbers_and_others_go) {
    must_start();
    store(DeclareQueue{.vhost = "/", .name = "transient"});
    store(DeclareQueue{.vhost = "/", .name = "durable", .durable = true, .shard = {1}});
    store(DeclareQueue{.vhost = "/", .name = "exclusive", .owner = {9}});
    must_start();
    ASSERT_NE(queue("durable"), nullptr);
    const std::uint64_t number = queue("durable")->number;
    EXPECT_EQ(number, 9u);
    EXPECT_EQ(queue("durable")->shard.value, 1);
    EXPECT_EQ(queue("transient"), nullptr);
    EXPECT_EQ(queue("exclusive"), nullptr);

    // What was forgotten can be declared anew, otherwise than before.
    store(DeclareQueue{.vhost = "/", .name = "transient", .durable = true});
    must_start();
    ASSERT_NE(queue("transient"), nullptr);
    EXPECT_TRUE(queue("transient")->durable);
    EXPECT_EQ(queue("durable")->number, number);
}

// What was declared last may be lost while its messages are on the disk, under its number.
TEST_F(MetadataStartTest, numbers_of_one_life_are_never_given_out_in_another) {
    must_start();
    for (int life = 0; life < 3; ++life) {
        store(DeclareQueue{.vhost = "/", .name = "lost", .durable = true});
        cluster::MetadataState before;
        ASSERT_TRUE(before.replay(stored_).has_value());
        const std::uint64_t lost = before.topology().last_number();
        stored_.pop_back();
        must_start();
        store(DeclareQueue{.vhost = "/", .name = "other", .durable = true});
        cluster::MetadataState after;
        ASSERT_TRUE(after.replay(stored_).has_value());
        EXPECT_GT(after.topology().last_number(), lost);
        stored_.pop_back();
    }
}

TEST_F(MetadataStartTest, definitions_are_put_on_top_at_every_start) {
    define(R"({"vhosts": [{"name": "/"}],
               "users": [{"name": "ann", "password_hash": "", "tags": []}],
               "queues": [{"vhost": "/", "name": "q", "durable": true, "arguments": {}}]})");
    must_start();
    EXPECT_EQ(state_->users().find("guest"), nullptr) << "definitions take the place of defaults";
    ASSERT_NE(queue("q"), nullptr);
    const std::uint64_t number = queue("q")->number;
    const std::size_t stored = stored_.size();
    must_start();
    EXPECT_EQ(queue("q")->number, number);
    EXPECT_EQ(stored_.size(), stored + 1) << "numbers are set aside; all else is there already";

    define(R"({"users": [{"name": "bob", "password_hash": "", "tags": "administrator"}],
               "queues": [{"vhost": "/", "name": "q", "durable": true,
                           "arguments": {"x-max-length": 5}},
                          {"vhost": "/", "name": "r", "durable": true, "arguments": {}}]})");
    must_start();
    EXPECT_NE(state_->users().find("ann"), nullptr);
    EXPECT_NE(state_->users().find("bob"), nullptr);
    EXPECT_NE(queue("r"), nullptr);
    EXPECT_EQ(queue("q")->arguments->find("x-max-length"), nullptr)
        << "queues that exist stay as they are";
}

TEST_F(MetadataStartTest, wrong_definitions_are_refused_with_their_place) {
    define(R"({"users": 7})");
    const auto started = start();
    ASSERT_FALSE(started.has_value());
    EXPECT_TRUE(started.error().contains("metadata_start_test.json:1")) << started.error();
    EXPECT_TRUE(stored_.empty());
}

TEST_F(MetadataStartTest, queues_on_shards_that_are_not_there_are_refused) {
    store(broker::CreateVhost{.name = "/"});
    store(DeclareQueue{.vhost = "/", .name = "q", .durable = true, .shard = {5}});
    const auto started = start();
    ASSERT_FALSE(started.has_value());
    EXPECT_EQ(started.error(),
              "data/metadata: queue 'q' in vhost '/' lives on shard 5, and there are 2: the format "
              "file of the data folder is missing or was changed");
}

TEST_F(MetadataStartTest, unreadable_metadata_is_refused) {
    stored_.push_back("nonsense");
    const auto started = start();
    ASSERT_FALSE(started.has_value());
    EXPECT_EQ(
        started.error(),
        "data/metadata: metadata command 1 of 1: command type 110 is unknown to this version");
}

TEST_F(MetadataStartTest, nobody_is_served_before_it_is_safe) {
    disk_works_ = false;
    const auto started = start();
    ASSERT_FALSE(started.has_value());
    EXPECT_EQ(started.error(), "no disk");
    EXPECT_EQ(sim::read(disk_, "data/format"), "-");
}

}  // namespace
}  // namespace warren::app
