#include "cli/locate.h"

#include <gtest/gtest.h>

#include "app/config/node_name.h"
#include "app/logging/test_files.h"

namespace warren::cli {
namespace {

class Locate : public testing::Test {
protected:
    NodePlace place(const config::Environment& environment, const PlaceWishes& wishes = {}) {
        auto found = locate_node(environment, wishes, files_.path());
        EXPECT_TRUE(found) << found.error();
        return found ? *found : NodePlace{};
    }
    std::string error(const config::Environment& environment, const PlaceWishes& wishes = {}) {
        const auto found = locate_node(environment, wishes, files_.path());
        return found ? "accepted" : found.error();
    }

    TestFiles files_;
};

TEST_F(Locate, a_node_of_this_machine_is_asked_at_loopback_first) {
    const std::string host = config::own_host_name(false);
    const NodePlace own = place({});
    EXPECT_EQ(own.name, "rabbit@" + host);
    EXPECT_FALSE(own.is_named);
    EXPECT_FALSE(own.is_elsewhere);
    EXPECT_EQ(own.link.hosts, (std::vector<std::string>{"127.0.0.1", host}));
    EXPECT_EQ(own.link.port, 25'672);
}

TEST_F(Locate, a_node_of_another_machine_is_asked_there) {
    const NodePlace other = place({}, {.node = "hare@elsewhere.example", .long_names = true});
    EXPECT_TRUE(other.is_named);
    EXPECT_TRUE(other.is_elsewhere);
    EXPECT_EQ(other.link.node_name, "hare@elsewhere.example");
    EXPECT_EQ(other.link.hosts, std::vector<std::string>{"elsewhere.example"});
}

TEST_F(Locate, the_port_is_that_of_a_node_with_the_same_variables) {
    EXPECT_EQ(place({{"RABBITMQ_NODE_PORT", "5673"}}).link.port, 25'673);
    EXPECT_EQ(place({{"RABBITMQ_NODE_PORT", "5673"}, {"RABBITMQ_DIST_PORT", "7000"}}).link.port,
              7000);
    EXPECT_EQ(place({{"RABBITMQ_DIST_PORT", "7000"}}, {.port = "7001"}).link.port, 7001);
}

TEST_F(Locate, what_is_no_port_is_refused) {
    EXPECT_EQ(error({}, {.port = "70000"}), "'70000' is no port");
    EXPECT_EQ(error({{"RABBITMQ_DIST_PORT", "0"}}), "'0' is no port");
    EXPECT_EQ(error({{"RABBITMQ_NODE_PORT", "50000"}}), "'50000' is no port");
    EXPECT_EQ(error({}, {.port = "25672x"}), "'25672x' is no port");
}

TEST_F(Locate, the_cookie_is_looked_for_where_the_node_has_it) {
    const NodePlace found = place({{"HOME", "/home/alice"}, {"RABBITMQ_ERLANG_COOKIE", "ABC"}},
                                  {.data_folder = "/data", .cookie = "DEF"});
    EXPECT_EQ(found.link.cookie.option, "DEF");
    EXPECT_EQ(found.link.cookie.environment, "ABC");
    EXPECT_EQ(config::cookie_files(found.link.cookie),
              (std::vector<std::string>{"/home/alice/.erlang.cookie", "/data/.erlang.cookie"}));
}

}  // namespace
}  // namespace warren::cli
