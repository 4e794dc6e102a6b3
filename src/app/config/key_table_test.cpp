#include "app/config/key_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace warren::config {
namespace {

using Segments = std::vector<std::string>;

TEST(key_table, holds_all_keys_once) {
    std::set<std::string_view> patterns;
    for (const KeyRow& row : all_keys())
        patterns.insert(row.pattern);
    EXPECT_EQ(patterns.size(), all_keys().size());
    EXPECT_GE(all_keys().size(), 1140u);
}

TEST(key_table, finds_keys_by_their_exact_name) {
    const KeyRow* row = find_key(Segments{"tcp_listen_options", "linger", "on"});
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->pattern, "tcp_listen_options.linger.on");
    EXPECT_EQ(row->status, Status::works);
    ASSERT_EQ(row->types.size(), 1u);
    EXPECT_EQ(row->types[0].kind, Kind::boolean);
}

TEST(key_table, matches_a_wildcard_with_exactly_one_segment) {
    EXPECT_EQ(find_key(Segments{"listeners", "tcp"})->pattern, "listeners.tcp");
    EXPECT_EQ(find_key(Segments{"listeners", "tcp", "x.y"})->pattern, "listeners.tcp.$name");
    EXPECT_EQ(find_key(Segments{"listeners", "tcp", "x", "y"}), nullptr);
    EXPECT_EQ(find_key(Segments{"listeners"}), nullptr);
    EXPECT_EQ(find_key(Segments{}), nullptr);
}

TEST(key_table, prefers_the_pattern_with_fewer_wildcards) {
    const KeyRow* row =
        find_key(Segments{"message_interceptors", "incoming", "set_header_timestamp", "overwrite"});
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->pattern, "message_interceptors.incoming.$interceptor.overwrite");
}

TEST(key_table, is_case_sensitive_as_rabbitmq) {
    EXPECT_EQ(find_key(Segments{"Heartbeat"}), nullptr);
}

TEST(key_table, suggests_the_nearest_key) {
    EXPECT_EQ(nearest_key(Segments{"hartbeat"}), "heartbeat");
    EXPECT_EQ(nearest_key(Segments{"Heartbeat"}), "heartbeat");
    EXPECT_EQ(nearest_key(Segments{"default_passwd"}), "default_pass");
    EXPECT_EQ(nearest_key(Segments{"tcp_listen_option", "backlog"}), "tcp_listen_options.backlog");
    EXPECT_EQ(nearest_key(Segments{"management", "tcp_port"}), "management.tcp.port");
}

TEST(key_table, fills_wildcards_of_a_suggestion_from_what_was_written) {
    EXPECT_EQ(nearest_key(Segments{"listener", "tcp", "public"}), "listeners.tcp.public");
    EXPECT_EQ(nearest_key(Segments{"default_users", "joe", "tag"}), "default_users.joe.tags");
}

TEST(key_table, suggests_nothing_when_nothing_is_near) {
    EXPECT_EQ(nearest_key(Segments{"completely", "different", "thing", "altogether"}), "");
    EXPECT_EQ(nearest_key(Segments{std::string(10'000, 'x')}), "");
}

TEST(key_table, names_the_newer_key_of_each_alias) {
    EXPECT_EQ(find_key(Segments{"channel_max"})->alias_of, "max_channels_per_connection");
    EXPECT_EQ(find_key(Segments{"connection_max"})->alias_of, "max_connections");
}

TEST(key_table, knows_the_environment_variables) {
    const auto status = [](std::string_view name) {
        const auto found = std::ranges::find(all_variables(), name, &VariableRow::name);
        return found == all_variables().end() ? Status::no_effect : found->status;
    };
    EXPECT_EQ(status("RABBITMQ_NODENAME"), Status::works);
    EXPECT_EQ(status("RABBITMQ_FEATURE_FLAGS"), Status::later);
    EXPECT_EQ(status("RABBITMQ_SERVER_ERL_ARGS"), Status::no_effect);
}

}  // namespace
}  // namespace warren::config
