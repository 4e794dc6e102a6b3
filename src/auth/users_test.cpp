#include "auth/users.h"

#include <gtest/gtest.h>

namespace warren::auth {
namespace {

PutUser user(std::string name) {
    return {.name = std::move(name), .password = {}, .tags = {}};
}

// A table with user u, who may do everything in vhost /.
UserTable table_with_user() {
    UserTable table;
    EXPECT_TRUE(table.apply(user("u")));
    EXPECT_TRUE(table.apply(SetPermissions{"u", "/", {".*", ".*", ".*"}}));
    return table;
}

TEST(UserTable, put_creates_and_then_changes_only_what_is_given) {
    UserTable table;
    const auto hash = hash_password("p", HashingAlgorithm::sha256);
    ASSERT_TRUE(table.apply(PutUser{.name = "u", .password = hash, .tags = {{"management"}}}));
    ASSERT_TRUE(table.apply(PutUser{.name = "u", .password = {}, .tags = {{"administrator"}}}));
    EXPECT_EQ(table.find("u")->password, hash);
    EXPECT_EQ(table.find("u")->tags, std::vector<std::string>{"administrator"});
}

TEST(UserTable, put_that_wants_a_new_user_leaves_an_old_one_alone) {
    auto table = table_with_user();
    const auto before = table.version();
    const auto outcome =
        table.apply(PutUser{.name = "u", .password = {}, .tags = {{"x"}}, .only_if_new = true});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error(), UserError::user_exists);
    EXPECT_TRUE(table.find("u")->tags.empty());
    EXPECT_EQ(table.version(), before);
}

TEST(UserTable, put_keeps_permissions_and_limits) {
    auto table = table_with_user();
    ASSERT_TRUE(table.apply(SetUserLimits{"u", {.connections_max = 3, .channels_max = {}}}));
    ASSERT_TRUE(table.apply(user("u")));
    EXPECT_EQ(table.find("u")->limits.connections_max, 3u);
    EXPECT_NE(table.access("u", "/"), nullptr);
}

TEST(UserTable, deleted_user_comes_back_without_permissions) {
    auto table = table_with_user();
    ASSERT_TRUE(table.apply(DeleteUser{"u"}));
    EXPECT_EQ(table.find("u"), nullptr);
    ASSERT_TRUE(table.apply(user("u")));
    EXPECT_EQ(table.access("u", "/"), nullptr);
}

TEST(UserTable, commands_about_an_unknown_user_are_refused) {
    UserTable table;
    const UserCommand commands[] = {
        SetUserLimits{"x", {}},
        SetPermissions{"x", "/", {}},
        ClearPermissions{"x", "/"},
        SetTopicPermissions{"x", "/", "e", {}},
        ClearTopicPermissions{"x", "/", {}},
    };
    for (const auto& command : commands) {
        const auto outcome = table.apply(command);
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error(), UserError::no_such_user);
    }
    EXPECT_EQ(table.version(), UserTable().version());
}

TEST(UserTable, version_changes_with_every_change) {
    auto table = table_with_user();
    const UserCommand commands[] = {
        user("v"),
        PutUser{.name = "u", .password = {}, .tags = {{"t"}}},
        SetUserLimits{"u", {5, {}}},
        SetPermissions{"u", "/", {"a", "b", "c"}},
        SetPermissions{"u", "/", {"a", "b", "d"}},
        SetTopicPermissions{"u", "/", "e", {"a", "b"}},
        SetTopicPermissions{"u", "/", "f", {"a", "b"}},
        SetTopicPermissions{"u", "/", "f", {"a", "c"}},
        ClearTopicPermissions{"u", "/", "e"},
        ClearTopicPermissions{"u", "/", {}},
        ClearPermissions{"u", "/"},
        SetPermissions{"u", "/", {"a", "b", "c"}},
        DropVhost{"/"},
        DeleteUser{"u"},
    };
    for (const auto& command : commands) {
        const auto before = table.version();
        EXPECT_TRUE(table.apply(command));
        EXPECT_NE(table.version(), before) << "command " << command.index();
    }
}

TEST(UserTable, what_is_set_already_keeps_the_version) {
    auto table = table_with_user();
    const UserCommand commands[] = {
        user("u"),
        PutUser{.name = "u", .password = {}, .tags = {{"t"}}},
        SetUserLimits{"u", {5, 6}},
        SetPermissions{"u", "/", {"a", "b", "c"}},
        SetTopicPermissions{"u", "/", "e", {"a", "b"}},
    };
    for (const auto& command : commands) {
        EXPECT_TRUE(table.apply(command));
        const auto before = table.version();
        EXPECT_TRUE(table.apply(command));
        EXPECT_EQ(table.version(), before) << "command " << command.index();
    }
}

TEST(UserTable, commands_that_find_nothing_keep_the_version) {
    auto table = table_with_user();
    const auto before = table.version();
    const UserCommand commands[] = {
        DeleteUser{"x"},
        ClearPermissions{"u", "other"},
        ClearTopicPermissions{"u", "/", "e"},
        ClearTopicPermissions{"u", "/", {}},
        ClearTopicPermissions{"u", "other", {}},
        DropVhost{"other"},
    };
    for (const auto& command : commands)
        EXPECT_TRUE(table.apply(command));
    EXPECT_EQ(table.version(), before);
}

TEST(UserTable, new_permissions_replace_the_compiled_ones) {
    auto table = table_with_user();
    EXPECT_TRUE(table.access("u", "/")->permissions->write.matches("q"));
    ASSERT_TRUE(table.apply(SetPermissions{"u", "/", {"", "^x", ""}}));
    EXPECT_FALSE(table.access("u", "/")->permissions->write.matches("q"));
    EXPECT_TRUE(table.access("u", "/")->permissions->write.matches("x1"));
}

TEST(UserTable, dropped_vhost_takes_everybodys_permissions_there) {
    auto table = table_with_user();
    ASSERT_TRUE(table.apply(user("v")));
    ASSERT_TRUE(table.apply(SetPermissions{"v", "other", {}}));
    ASSERT_TRUE(table.apply(SetTopicPermissions{"v", "/", "e", {}}));
    ASSERT_TRUE(table.apply(DropVhost{"/"}));
    EXPECT_EQ(table.access("u", "/"), nullptr);
    EXPECT_EQ(table.access("v", "/"), nullptr);
    EXPECT_NE(table.access("v", "other"), nullptr);
}

TEST(UserTable, clearing_permissions_leaves_topic_permissions_and_the_other_way_round) {
    auto table = table_with_user();
    ASSERT_TRUE(table.apply(SetTopicPermissions{"u", "/", "e", {}}));
    ASSERT_TRUE(table.apply(ClearPermissions{"u", "/"}));
    ASSERT_NE(table.access("u", "/"), nullptr);
    EXPECT_FALSE(table.access("u", "/")->permissions);
    ASSERT_TRUE(table.apply(SetPermissions{"u", "/", {}}));
    ASSERT_TRUE(table.apply(ClearTopicPermissions{"u", "/", {}}));
    EXPECT_TRUE(table.access("u", "/")->permissions);
}

TEST(UserTable, topic_patterns_are_shown_as_set_and_matched_with_variables_filled_in) {
    UserTable table;
    ASSERT_TRUE(table.apply(user("a.b")));
    ASSERT_TRUE(table.apply(SetTopicPermissions{"a.b", "/", "e", {"^{username}$", "^{vhost}x"}}));
    const auto& topics = table.access("a.b", "/")->topics.at("e");
    EXPECT_EQ(topics.texts.write, "^{username}$");
    EXPECT_TRUE(topics.write.matches("a.b"));
    EXPECT_FALSE(topics.write.matches("axb"));  // the user's name is no pattern
    EXPECT_TRUE(topics.read.matches("/x"));
}

TEST(FindFault, names_the_pattern_that_does_not_compile) {
    const auto fault = find_fault(SetPermissions{"u", "/", {".*", ".*", "a("}});
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->member, "read");
    EXPECT_EQ(fault->text, "not a valid pattern: missing closing parenthesis at byte 2");
    EXPECT_TRUE(find_fault(SetTopicPermissions{"u", "/", "e", {"[", ""}}));
}

TEST(FindFault, accepts_what_can_be_applied) {
    EXPECT_FALSE(find_fault(SetPermissions{"u", "/", {"", "^(?!x).*", ".*"}}));
    EXPECT_FALSE(find_fault(DeleteUser{"u"}));
    EXPECT_TRUE(find_fault(user("")));
}

}  // namespace
}  // namespace warren::auth
