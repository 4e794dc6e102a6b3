#include "cluster/metadata_state.h"

#include <gtest/gtest.h>

#include "cluster/metadata_codec.h"

namespace warren::cluster {
namespace {

using namespace broker;

class SurvivalTest : public ::testing::Test {
protected:
    SurvivalTest() {
        make(CreateVhost{.name = "/"});
        for (const bool durable : {true, false}) {
            make(DeclareExchange{.vhost = "/",
                                 .name = durable ? "durable" : "transient",
                                 .type = "fanout",
                                 .durable = durable});
            make(DeclareQueue{
                .vhost = "/", .name = durable ? "durable" : "transient", .durable = durable});
        }
    }
    void make(TopologyCommandBody body) {
        ASSERT_TRUE(state_.apply(TopologyCommand{std::move(body)}).has_value());
    }
    bool survives(TopologyCommandBody body) const {
        return survives_restart(TopologyCommand{std::move(body)}, state_.topology());
    }
    QueueId queue(const char* name) const {
        return state_.topology().find_vhost("/")->find_queue(name)->id();
    }
    template <typename Command>
    bool survives_between(const char* source, DestinationKind kind, const char* destination) const {
        return survives(Command{
            .vhost = "/", .source = source, .destination_kind = kind, .destination = destination});
    }

    MetadataState state_;
};

TEST_F(SurvivalTest, durable_declarations_count_and_others_do_not) {
    EXPECT_TRUE(survives(DeclareQueue{.vhost = "/", .name = "q", .durable = true}));
    EXPECT_FALSE(survives(DeclareQueue{.vhost = "/", .name = "q"}));
    EXPECT_FALSE(survives(DeclareQueue{.vhost = "/", .name = "q", .durable = true, .owner = {1}}));
    EXPECT_TRUE(survives(DeclareExchange{.vhost = "/", .name = "x", .durable = true}));
    EXPECT_FALSE(survives(DeclareExchange{.vhost = "/", .name = "x"}));
}

TEST_F(SurvivalTest, deletions_count_when_the_thing_was_durable) {
    EXPECT_TRUE(survives(DeleteQueue{queue("durable")}));
    EXPECT_FALSE(survives(DeleteQueue{queue("transient")}));
    EXPECT_TRUE(survives(DeleteExchange{"/", "durable"}));
    EXPECT_FALSE(survives(DeleteExchange{"/", "transient"}));
    EXPECT_FALSE(survives(DeleteQueuesOf{{1}}));
}

TEST_F(SurvivalTest, bindings_count_between_durable_ends) {
    using enum DestinationKind;
    for (const auto kind : {queue, exchange}) {
        EXPECT_TRUE(survives_between<Bind>("durable", kind, "durable"));
        EXPECT_FALSE(survives_between<Bind>("durable", kind, "transient"));
        EXPECT_FALSE(survives_between<Bind>("transient", kind, "durable"));
        EXPECT_TRUE(survives_between<Unbind>("durable", kind, "durable"));
        EXPECT_FALSE(survives_between<Unbind>("durable", kind, "transient"));
    }
}

TEST_F(SurvivalTest, what_is_not_there_may_be_somebodys_unsafe_deletion) {
    EXPECT_TRUE(survives(DeleteQueue{{999}}));
    EXPECT_TRUE(survives(DeleteExchange{"/", "gone"}));
    EXPECT_TRUE(survives(DeleteExchange{"gone", "gone"}));
    EXPECT_TRUE(survives_between<Unbind>("durable", DestinationKind::queue, "gone"));
}

TEST_F(SurvivalTest, vhosts_and_users_count) {
    EXPECT_TRUE(survives(CreateVhost{.name = "v"}));
    EXPECT_TRUE(survives(UpdateVhost{.name = "/"}));
    EXPECT_TRUE(survives(DeleteVhost{"/"}));
    EXPECT_TRUE(survives_restart(auth::UserCommand{auth::DeleteUser{"u"}}, state_.topology()));
}

TEST(metadata_state, replay_names_the_command_that_cannot_be_applied) {
    MetadataState state;
    const std::vector<std::string> commands{encode(TopologyCommand{CreateVhost{.name = "/"}}),
                                            encode(TopologyCommand{DeclareQueue{"missing", "q"}})};
    const auto replayed = state.replay(commands);
    ASSERT_FALSE(replayed.has_value());
    EXPECT_EQ(replayed.error(),
              "metadata command 2 of 2 does not follow from those before it: no vhost 'missing'");
}

TEST(metadata_state, replay_names_the_command_that_cannot_be_read) {
    MetadataState state;
    const auto replayed = state.replay(std::vector<std::string>{"\x7f\x01"});
    ASSERT_FALSE(replayed.has_value());
    EXPECT_EQ(replayed.error(),
              "metadata command 1 of 1: command type 127 is unknown to this version");
}

TEST(metadata_codec, commands_of_both_rooms_return) {
    const MetadataCommand commands[] = {TopologyCommand{DeleteVhost{"v"}},
                                        auth::UserCommand{auth::DeleteUser{"u"}}};
    for (const auto& command : commands) {
        const auto decoded = decode_metadata_command(as_bytes(encode(command)));
        ASSERT_TRUE(decoded.has_value());
        EXPECT_EQ(*decoded, command);
    }
    EXPECT_FALSE(decode_metadata_command({}).has_value());
}

}  // namespace
}  // namespace warren::cluster
